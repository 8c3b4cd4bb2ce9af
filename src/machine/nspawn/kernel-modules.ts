import type { Problem } from "../../failure.ts";
import { pathExists } from "../../system/files.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";

/** A part of the host's kernel that dockerd asks for with `modprobe`: in vain inside a machine, which has no module files. */
interface KernelModule {
  readonly name: string;
  /** There once it is loaded or built in. */
  readonly path: string;
  readonly missing: Problem;
}

const kernelHint = "Use a kernel that has it (Debian's and Ubuntu's own do)";

const modules: readonly KernelModule[] = [
  {
    name: "br_netfilter",
    path: "/proc/sys/net/bridge",
    missing: {
      severity: "error",
      what: "this kernel has no br_netfilter",
      why: "Without it dockerd makes no network whose containers are kept apart, and each machine of a swarm has one.",
      remedy: `${kernelHint}: CONFIG_BRIDGE_NETFILTER.`,
    },
  },
  {
    name: "ip_vs",
    path: "/proc/net/ip_vs",
    missing: {
      severity: "warning",
      what: "this kernel has no ip_vs",
      why: "Virtual IPs of services and the routing mesh carry no traffic here; DNS, overlay networks, dnsrr and host ports work.",
      remedy: `${kernelHint}: CONFIG_IP_VS, or a provider whose machines have their own kernel.`,
    },
  },
];

/** What this host's kernel lacks and cannot load. */
export async function kernelProblems(processes: ProcessRunner): Promise<readonly Problem[]> {
  const absent = await absentModules();
  const problems = await Promise.all(
    absent.map(async ({ name, missing }) => ((await canLoad(processes, name)) ? [] : [missing])),
  );
  return problems.flat();
}

/** Loads what machines need of this host's kernel, as far as it has it. The modules stay. All others the kernel loads by itself. */
export async function loadKernelModules(processes: ProcessRunner): Promise<void> {
  const absent = await absentModules();
  if (absent.length === 0 || (await processes.which("modprobe")) === undefined) return;
  await processes.tryRun({ argv: ["modprobe", "--all", "--quiet", ...absent.map(({ name }) => name)] });
}

async function absentModules(): Promise<readonly KernelModule[]> {
  const present = await Promise.all(modules.map(({ path }) => pathExists(path)));
  return modules.filter((_, index) => !present[index]);
}

async function canLoad(processes: ProcessRunner, module: string): Promise<boolean> {
  if ((await processes.which("modprobe")) === undefined) return false;
  return (await processes.tryRun({ argv: ["modprobe", "--dry-run", "--quiet", module] })).exitCode === 0;
}
