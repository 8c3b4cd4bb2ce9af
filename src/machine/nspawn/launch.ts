import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathExists } from "../../system/files.ts";
import { cgroupHost, makeCgroup, unitProperties, type CgroupHost, type Limits } from "./cgroups.ts";
import type { MachineLayout } from "./layout.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** How this host sorts processes, from what it runs and has mounted. */
export async function detectCgroupHost(): Promise<CgroupHost> {
  const systemd = await pathExists("/run/systemd/system");
  return cgroupHost(await readFile("/proc/mounts", "utf8"), systemd);
}

/** Starts a machine that does not run. It is in its cgroup when this returns, boots on its own, and outlives this program. */
export async function launchMachine(options: {
  readonly host: NspawnHost;
  readonly cluster: string;
  readonly machine: MachineLayout;
  readonly box: string;
  readonly limits: Limits;
}): Promise<void> {
  const { host, cluster, machine, box, limits } = options;
  const script = (name: string): readonly [string, string] => ["sh", join(host.templates, "nspawn", name)];
  const launcher = [
    ...["unshare", "--mount", "--propagation=private", "--", ...script("launch.sh"), box],
    ...["upper", "work", "root"].map((part) => join(machine.directory, part)),
    ...nspawnArgv(cluster, machine),
  ];
  const cgroups = await detectCgroupHost();
  if (cgroups.kind === "systemd") {
    await host.processes.run({ argv: ["systemd-run", ...unitOptions(machine, limits), "--", ...launcher] });
    return;
  }
  const entries = await makeCgroup(cgroups, machine.cgroup, limits);
  await host.processes.run({
    argv: [...script("enter.sh"), machine.consoleLog, ...entries, "--", ...launcher],
  });
}

function unitOptions(machine: MachineLayout, limits: Limits): readonly string[] {
  return [
    ...["--quiet", "--collect", `--unit=${machine.unit}`],
    ...[
      "--property=Delegate=yes",
      "--property=KillMode=mixed",
      `--property=StandardOutput=append:${machine.consoleLog}`,
    ],
    ...["--property=StandardError=inherit", "--property=TasksMax=infinity"],
    ...unitProperties(limits),
  ];
}

/**
 * `SYSTEMD_NSPAWN_API_VFS_WRITABLE=network`: without it dockerd cannot set the sysctls of its bridges, with `1` udev starts inside.
 * The system calls let in are the ones runc needs.
 */
function nspawnArgv(cluster: string, machine: MachineLayout): readonly string[] {
  return [
    ...[
      "env",
      "SYSTEMD_NSPAWN_API_VFS_WRITABLE=network",
      "systemd-nspawn",
      "--quiet",
      "--boot",
      "--settings=no",
    ],
    ...[
      "--register=no",
      "--keep-unit",
      "--link-journal=no",
      "--resolv-conf=off",
      "--timezone=off",
      "--console=read-only",
    ],
    ...["--capability=all", "--system-call-filter=add_key keyctl bpf"],
    `--directory=${join(machine.directory, "root")}`,
    `--machine=${cluster}-${machine.name}`,
    `--hostname=${machine.name}`,
    `--network-namespace-path=/run/netns/${machine.namespace}`,
    `--bind=${join(machine.directory, "docker")}:/var/lib/docker`,
  ];
}
