import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readText } from "../../system/files.ts";
import { readClusterRecord } from "../cluster-record.ts";
import type { Inspection, Machine } from "../provider.ts";
import { damageOf } from "../record-file.ts";
import { isEmulatedCpu } from "./emulated-cpu.ts";
import { clusterLayout, clustersDirectory } from "./layout.ts";
import { findProcesses } from "./machine-processes.ts";
import type { NspawnHost } from "./nspawn-host.ts";
import { readMachineRecord, type MachineRecord } from "./records.ts";

/** Three machines on two emulated cores: a swarm of them takes 20 to 40 times as long as usual, of which single waits, with their ample limits, are a part. */
const emulatedPatience = 10;

/** Subnet and machines of a cluster as they are on this host. */
export async function inspectCluster(host: NspawnHost, cluster: string): Promise<Inspection> {
  const layout = clusterLayout(host.home, cluster);
  const processes = findProcesses(cluster);
  const [record, entries, namespaces, cpuInfo] = await Promise.all([
    readClusterRecord(clustersDirectory(host.home), cluster),
    readdir(layout.machinesDirectory).catch((): string[] => []),
    readdir("/run/netns").catch((): string[] => []),
    readText("/proc/cpuinfo"),
  ]);
  const names = new Set([...entries.map((entry) => entry.replace(/\.partial$/, "")), ...processes.keys()]);
  const machines = await Promise.all(
    [...names].map((name) =>
      inspectMachine({
        name,
        directory: join(layout.machinesDirectory, name),
        runs: processes.has(name),
        hasNamespace: namespaces.includes(`${layout.namespacePrefix}${name}`),
      }),
    ),
  );
  return {
    machines,
    ...(record !== undefined && { subnet: record.subnet }),
    ...(isEmulatedCpu(cpuInfo ?? "") && { patience: emulatedPatience }),
  };
}

interface Seen {
  readonly name: string;
  readonly directory: string;
  readonly runs: boolean;
  readonly hasNamespace: boolean;
}

async function inspectMachine(seen: Seen): Promise<Machine> {
  try {
    return machineOf(seen, await readMachineRecord(seen.directory));
  } catch (error) {
    return { name: seen.name, state: "broken", detail: damageOf(error), beyondCreate: true };
  }
}

function machineOf({ name, runs, hasNamespace }: Seen, record: MachineRecord | undefined): Machine {
  if (record === undefined) {
    return runs
      ? { name, state: "broken", detail: "it runs, and its files are gone" }
      : { name, state: "creating" };
  }
  const { address } = record;
  if (!runs) return { name, state: "stopped", address };
  if (hasNamespace) return { name, state: "running", address };
  return { name, state: "broken", address, detail: "its network namespace is gone" };
}
