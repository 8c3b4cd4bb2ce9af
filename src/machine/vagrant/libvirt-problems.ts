import type { Cluster } from "../../cluster/cluster.ts";
import type { Problem } from "../../failure.ts";
import type { ComputerFacts } from "../../system/computer-facts.ts";
import { askTool, silentTool, type ToolAnswer } from "./ask-tool.ts";
import { readCpu } from "./cpu-problems.ts";
import { hasPlugIn } from "./plug-ins.ts";
import type { VagrantHost } from "./vagrant-host.ts";

/** Where the system's libvirt is asked. The plug-in uses the same. */
const virsh = ["virsh", "-c", "qemu:///system", "version"] as const;

/** What decides between KVM and emulation. */
export interface KvmFacts {
  readonly platform: string;
  readonly architecture: string;
  /** The kernel offers `/dev/kvm`. */
  readonly device: boolean;
  /** The processor has VT-x or AMD-V; undefined: it could not be seen. */
  readonly virtualization: boolean | undefined;
}

/** The plug-in, the daemon and what it runs VMs with. */
export async function libvirtProblems(
  host: VagrantHost,
  { provider }: Pick<Cluster, "provider">,
): Promise<readonly Problem[]> {
  if (host.facts.platform !== "linux") return [notLinux(host.facts)];
  const [plugIn, answer, driver] = await Promise.all([
    hasPlugIn(host, "vagrant-libvirt"),
    askTool(host.processes, virsh),
    libvirtDriver(host),
  ]);
  return [
    ...(plugIn ? [] : [noPlugIn()]),
    ...judgeLibvirt(answer),
    ...(driver === "kvm" ? [] : [emulated(provider)]),
  ];
}

/** What libvirt runs VMs with here: `qemu` is emulation without help of the processor. */
export async function libvirtDriver(host: VagrantHost): Promise<"kvm" | "qemu"> {
  const { platform, architecture } = host.facts;
  const { usable } = await readCpu(host);
  // libvirt's own daemon opens the device, so that it does not matter whether this user may.
  const device = (await host.readText("/sys/class/misc/kvm/dev")) !== undefined;
  return judgeDriver({ platform, architecture, device, virtualization: usable });
}

/** A device alone is not enough: on x64 a kernel can offer one that starts no VM, when the processor has neither VT-x nor AMD-V. */
export function judgeDriver({ platform, architecture, device, virtualization }: KvmFacts): "kvm" | "qemu" {
  if (platform !== "linux" || !device) return "qemu";
  return architecture !== "x64" || virtualization === true ? "kvm" : "qemu";
}

/** What the answer to `virsh version` means. */
export function judgeLibvirt(answer: ToolAnswer): readonly Problem[] {
  if (answer.kind === "missing") return [noVirsh()];
  if (answer.kind === "silent") return [silentTool("libvirt", virsh.join(" "))];
  if (answer.exitCode === 0) return [];
  const refused = /permission denied|authentication|polkit|policy prevents/i;
  return [refused.test(answer.stderr) ? notAllowed(answer.stderr) : notRunning(answer.stderr)];
}

function notLinux({ platform }: ComputerFacts): Problem {
  return {
    severity: "error",
    what: `libvirt's VMs need Linux, and this is ${platform}`,
    remedy: "Use provider: virtualbox or provider: vmware_desktop.",
  };
}

function noPlugIn(): Problem {
  return {
    severity: "error",
    what: "Vagrant's plug-in vagrant-libvirt is not installed",
    remedy: "swarmlab setup   (without apt: vagrant plugin install vagrant-libvirt)",
  };
}

function noVirsh(): Problem {
  return {
    severity: "error",
    what: "libvirt is not installed: there is no virsh",
    remedy: "swarmlab setup",
  };
}

function notAllowed(output: string): Problem {
  return {
    severity: "error",
    what: "this user may not use libvirt",
    why: lastLine(output),
    remedy: "sudo usermod --append --groups libvirt $USER   Then log out and in again.",
  };
}

function notRunning(output: string): Problem {
  return {
    severity: "error",
    what: "libvirt's daemon does not answer",
    why: lastLine(output),
    remedy:
      "sudo systemctl enable --now libvirtd   (newer systems: virtqemud.socket; without systemd: sudo sh -c 'virtlogd -d; libvirtd -d')",
  };
}

/** Slow machines are for those who ask for them: `auto` goes on to the next provider. */
function emulated(provider: Cluster["provider"]): Problem {
  return {
    severity: provider === "auto" ? "error" : "warning",
    what: "KVM runs no VMs on this computer: QEMU emulates the processor, 10 to 20 times slower",
    why: "There is no /dev/kvm, or the processor has neither VT-x nor AMD-V.",
    remedy:
      "Switch on virtualisation in the firmware settings, or nested virtualisation where this computer is itself a VM; provider: nspawn needs neither.",
  };
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}
