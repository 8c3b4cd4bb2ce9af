import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { inject } from "vitest";
import type { ExecOutcome } from "../../src/app/exec.ts";
import type { StatusReport } from "../../src/app/status-report.ts";
import { expectExit, startCli, type CliResult, type RunningCli } from "../e2e/cli.ts";
import { boxName } from "./box.ts";
import { findVmTraces } from "./traces.ts";

/** A lab directory whose cluster is a manager and a node as emulated VMs, with homes of its own for swarmlab and Vagrant. */
export interface VmLab {
  readonly name: string;
  start(args: readonly string[]): RunningCli;
  /** As `start`, to the end. Throws with all output unless the exit code is 0. */
  succeed(args: readonly string[]): Promise<CliResult>;
  status(): Promise<StatusReport>;
  /** What a shell script prints on each machine chosen. Throws unless it succeeds on all. */
  script(on: string, script: string): Promise<Readonly<Record<string, string>>>;
  /** IDs of the processes of Vagrant that swarmlab started. */
  vagrants(): Promise<readonly number[]>;
  traces(): Promise<readonly string[]>;
  /** Ends swarmlab and Vagrant at once, as a failing power supply would, and takes from them all that they know of the cluster. */
  loseState(up: RunningCli): Promise<void>;
  /** Destroys the cluster and removes the directories. */
  remove(): Promise<void>;
}

/** Emulated machines on a busy computer; a call that hangs is a failure all the same. */
const timeoutMs = 1_500_000;

export async function makeVmLab(): Promise<VmLab> {
  const { vagrantHome, release } = inject("libvirtBox");
  const root = await mkdtemp(join(tmpdir(), "swarmlab-libvirt-"));
  const [name, home] = [`vm-${process.pid.toString(36)}`, join(root, "home")];
  await writeFile(
    join(root, "swarmlab.yaml"),
    `name: ${name}\nprovider: libvirt\nworkers: 1\nbox: ${boxName}\n`,
  );
  await writeFile(join(root, "Vagrantfile.local"), ownKernel(release));
  const env = { SWARMLAB_HOME: home, VAGRANT_HOME: vagrantHome };
  const start: VmLab["start"] = (args) => startCli(args, { directory: root, env, timeoutMs });
  const succeed: VmLab["succeed"] = async (args) => expectExit(await start(args).done, 0);
  const vagrants = () => vagrantsIn(join(home, "libvirt", name));
  return {
    name,
    start,
    succeed,
    status: async () => JSON.parse((await succeed(["status", "--json"])).stdout) as StatusReport,
    script: async (on, script) => {
      const { stdout } = await succeed(["exec", "--json", "--on", on, "--", "sh", "-c", script]);
      const { results } = JSON.parse(stdout) as ExecOutcome;
      return Object.fromEntries(results.map((result) => [result.machine, result.stdout.trim()]));
    },
    vagrants,
    traces: () => findVmTraces(home, name),
    loseState: async (up) => {
      up.kill("SIGKILL");
      await up.done;
      for (const pid of await vagrants()) process.kill(pid, "SIGKILL");
      await rename(home, join(root, "lost"));
    },
    remove: async () => {
      await succeed(["destroy", "--yes"]);
      await rm(root, { recursive: true });
    },
  };
}

async function vagrantsIn(directory: string): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")),
  );
  return pids.filter((_, index) => environments[index]?.split("\0").includes(`VAGRANT_CWD=${directory}`));
}

/** The box has no boot loader: QEMU starts the host's kernel with the box's disk as root. */
const ownKernel = (release: string): string => `config.vm.provider "libvirt" do |lv|
  lv.kernel = "/boot/vmlinuz-${release}"
  lv.initrd = "/boot/initrd.img-${release}"
  lv.cmd_line = "root=/dev/vda rw net.ifnames=0 mitigations=off console=ttyS0"
end
`;
