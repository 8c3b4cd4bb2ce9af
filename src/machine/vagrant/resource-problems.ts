import { statfs } from "node:fs/promises";
import { type PlatformPath, posix, win32 } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import type { Problem } from "../../failure.ts";
import { defaultCpus, defaultMemoryMiB } from "../../render/vagrantfile.ts";
import type { ComputerFacts } from "../../system/computer-facts.ts";
import { pathExists } from "../../system/files.ts";
import { type VagrantHost, vagrantHome } from "./vagrant-host.ts";

/** What this computer itself wants to keep of its memory. */
const hostMemoryMiB = 1024;
/** A box, packed and unpacked; and what a VM's linked clone grows to with an engine and a few images. */
const boxMiB = 2048;
const machineMiB = 1024;

/** What the cluster asks of this computer. */
export interface Demand {
  readonly machines: number;
  readonly memoryMiB: number;
  /** Of the machine that has most. */
  readonly cpus: number;
}

/** Memory, CPUs and disk against what the cluster asks for. */
export async function resourceProblems(host: VagrantHost, cluster: Cluster): Promise<readonly Problem[]> {
  const demand = demandOf(cluster);
  return [...judgeComputer(host.facts, demand), ...(await diskProblems(host, demand))];
}

async function diskProblems(host: VagrantHost, demand: Demand): Promise<readonly Problem[]> {
  const path = vagrantHome(host);
  const paths = host.facts.platform === "win32" ? win32 : posix;
  const parent = await existingParent(path, paths);
  if (parent === undefined) return [noDrive(path, paths.parse(path).root)];
  const disk = await statfs(parent);
  const freeMiB = Math.floor((disk.bavail * disk.bsize) / 1024 / 1024);
  return judgeDisk({ path, freeMiB }, demand);
}

/** The sum over all machines, with the defaults of VMs. */
export function demandOf({ machines }: Pick<Cluster, "machines">): Demand {
  return {
    machines: machines.length,
    memoryMiB: machines.reduce((sum, { memoryMiB = defaultMemoryMiB }) => sum + memoryMiB, 0),
    cpus: Math.max(0, ...machines.map(({ cpus = defaultCpus }) => Math.ceil(cpus))),
  };
}

/** More memory than there is cannot work; all but the last GiB, and more CPUs than there are, work badly. */
export function judgeComputer(
  facts: Pick<ComputerFacts, "memoryMiB" | "cpus">,
  demand: Demand,
): readonly Problem[] {
  const left = facts.memoryMiB - demand.memoryMiB;
  return [
    ...(left < hostMemoryMiB ? [memoryShort(facts.memoryMiB, demand)] : []),
    ...(demand.cpus > facts.cpus ? [cpusShort(facts.cpus, demand.cpus)] : []),
  ];
}

/** VMs grow: what is short only for later is a warning. */
export function judgeDisk(
  { path, freeMiB }: { readonly path: string; readonly freeMiB: number },
  { machines }: Demand,
): readonly Problem[] {
  const wanted = boxMiB + machines * machineMiB;
  if (freeMiB >= wanted) return [];
  return [
    {
      severity: freeMiB < boxMiB ? "error" : "warning",
      what: `the disk of ${path} has ${freeMiB} MiB free, and a box with ${machines} VMs takes about ${wanted}`,
      remedy:
        "Make room, or set VAGRANT_HOME to a directory on another disk and let the VMs be kept there too.",
    },
  ];
}

function memoryShort(memoryMiB: number, demand: Demand): Problem {
  return {
    severity: demand.memoryMiB > memoryMiB ? "error" : "warning",
    what: `the machines ask for ${demand.memoryMiB} MiB of memory, and this computer has ${memoryMiB}`,
    why: `A VM that asks for none gets ${defaultMemoryMiB} MiB; the computer itself needs some too.`,
    remedy:
      "Lower resources.manager.memory and resources.worker.memory, or workers. Machines of provider: nspawn share the computer's memory.",
  };
}

function cpusShort(cpus: number, asked: number): Problem {
  return {
    severity: "warning",
    what: `a machine asks for ${asked} CPUs, and this computer has ${cpus}`,
    why: "Some hypervisors refuse that, with others the VM is slow.",
    remedy: `Set resources.manager.cpus and resources.worker.cpus to ${cpus} or less.`,
  };
}

function noDrive(path: string, drive: string): Problem {
  return {
    severity: "error",
    what: `there is no ${drive}, where Vagrant is to keep its boxes`,
    why: `VAGRANT_HOME is ${path}.`,
    remedy: "Connect that drive, or set VAGRANT_HOME to a directory on another one.",
  };
}

/** Undefined: not even the drive is there. */
async function existingParent(path: string, paths: PlatformPath): Promise<string | undefined> {
  if (await pathExists(path)) return path;
  const parent = paths.dirname(path);
  return parent === path ? undefined : existingParent(parent, paths);
}
