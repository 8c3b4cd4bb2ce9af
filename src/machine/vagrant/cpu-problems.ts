import type { Problem } from "../../failure.ts";
import { askTool, type ToolAnswer } from "./ask-tool.ts";
import type { VagrantHost } from "./vagrant-host.ts";

/** What the processor offers to a hypervisor. */
export interface CpuVirtualization {
  /** VT-x, AMD-V or what takes their place; undefined: it could not be seen. */
  readonly usable: boolean | undefined;
  /** This computer is itself a VM, or on Windows: Hyper-V runs below it. */
  readonly hypervisorBelow: boolean;
}

const powershell = [
  "powershell.exe",
  "-NoProfile",
  "-NonInteractive",
  "-Command",
  "(Get-CimInstance Win32_Processor | Select-Object -First 1).VirtualizationFirmwareEnabled; (Get-CimInstance Win32_ComputerSystem).HypervisorPresent",
] as const;

/** Whether a hypervisor of this name can run VMs on this processor. `told`: what it says itself, which counts more than what the system says. */
export async function cpuProblems(
  host: VagrantHost,
  hypervisor: string,
  told?: boolean,
): Promise<readonly Problem[]> {
  const { platform, architecture } = host.facts;
  const cpu = await readCpu(host);
  return judgeCpu({ ...cpu, usable: told ?? cpu.usable }, { platform, architecture, hypervisor });
}

/** Asks the system: `/proc/cpuinfo`, `sysctl`, or PowerShell. */
export async function readCpu({ facts, processes, readText }: VagrantHost): Promise<CpuVirtualization> {
  if (facts.platform === "linux") return parseCpuInfo((await readText("/proc/cpuinfo")) ?? "");
  if (facts.platform === "darwin")
    return parseHvSupport(await askTool(processes, ["sysctl", "-n", "kern.hv_support"]));
  return parseFirmware(await askTool(processes, [...powershell]));
}

/** Reads `/proc/cpuinfo`; ARM's tells nothing of virtualisation. */
export function parseCpuInfo(text: string): CpuVirtualization {
  const flags = /^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/);
  if (flags === undefined) return { usable: undefined, hypervisorBelow: false };
  return {
    usable: flags.includes("vmx") || flags.includes("svm"),
    hypervisorBelow: flags.includes("hypervisor"),
  };
}

/** Reads what macOS says of its own hypervisor framework: 1 or 0. */
export function parseHvSupport(answer: ToolAnswer): CpuVirtualization {
  const text = answer.kind === "answer" ? answer.stdout.trim() : "";
  return { usable: text === "" ? undefined : text === "1", hypervisorBelow: false };
}

/** Reads two lines of True or False: firmware, hypervisor. While Hyper-V runs, Windows says False of the firmware. */
export function parseFirmware(answer: ToolAnswer): CpuVirtualization {
  const [firmware, hypervisor] =
    answer.kind === "answer"
      ? answer.stdout
          .trim()
          .split(/\s+/)
          .map((word) => word.toLowerCase() === "true")
      : [];
  return { usable: hypervisor === true ? true : firmware, hypervisorBelow: hypervisor ?? false };
}

/** What the processor means for a hypervisor that cannot do without its virtualisation. */
export function judgeCpu(
  { usable, hypervisorBelow }: CpuVirtualization,
  on: { readonly platform: string; readonly architecture: string; readonly hypervisor: string },
): readonly Problem[] {
  if (on.platform === "win32" && hypervisorBelow) return [hyperVActive(on.hypervisor, usable)];
  if (usable !== false) return [];
  return [hypervisorBelow ? notNested(on.hypervisor) : switchedOff(on.hypervisor)];
}

function notNested(hypervisor: string): Problem {
  return {
    severity: "error",
    what: `this computer is itself a VM, and ${hypervisor} can start no VMs in it`,
    why: "Its processor has neither VT-x nor AMD-V: the hypervisor below does not pass them on.",
    remedy:
      "Switch on nested virtualisation for this VM where it runs. Or use provider: nspawn, which needs no hypervisor.",
  };
}

function switchedOff(hypervisor: string): Problem {
  return {
    severity: "error",
    what: `${hypervisor} can start no VMs: the processor's virtualisation is off`,
    why: "Neither VT-x nor AMD-V is offered by this computer.",
    remedy:
      "Switch on Intel Virtualization Technology, VT-x, AMD-V or SVM in the firmware settings (BIOS, UEFI).",
  };
}

function hyperVActive(hypervisor: string, usable: boolean | undefined): Problem {
  const outcome = usable === false ? "can start no VMs beside it" : "is slow beside it or starts no VMs";
  return {
    severity: usable === false ? "error" : "warning",
    what: `Hyper-V is active, and ${hypervisor} ${outcome}`,
    why: "Hyper-V, WSL 2, Windows Sandbox and memory integrity all switch it on, and it takes VT-x and AMD-V.",
    remedy:
      "In an administrator's terminal: bcdedit /set hypervisorlaunchtype off   (then restart; auto in place of off brings it back). Or keep it, which is slower: switch on the Windows feature Windows Hypervisor Platform, and restart.",
  };
}
