import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { StepProgress } from "../../steps.ts";
import { pathExists } from "../../system/files.ts";
import type { MediumWork, SnapshotMedium } from "../snapshot-medium.ts";
import type { Snapshot } from "../provider.ts";
import { readSnapshot, snapshotLayout } from "../snapshot-record.ts";
import { findVms } from "./inspect-cluster.ts";
import { machineRecordFile, vagrantLayout } from "./layout.ts";
import { messageOf, type VagrantEvent } from "./machine-readable.ts";
import { readMachineRecord } from "./machine-record.ts";
import { callVagrant } from "./vagrant-cli.ts";
import type { VagrantHost } from "./vagrant-host.ts";

/** What this program keeps of the cluster's machines. */
const copied = ["machines", "tls"];

/**
 * Saves machines by their hypervisor, through `vagrant snapshot`: of virtualbox and hyperv by Vagrant itself, of libvirt by vagrant-libvirt (its
 * lib/vagrant-libvirt/driver.rb, inside of the disks' qcow2 files), of others by their plug-ins. A VM's snapshots go with it.
 */
export function vagrantMedium(host: VagrantHost, provider: VagrantProviderName): SnapshotMedium {
  const directoryOf = ({ name }: Cluster): string => vagrantLayout(host.home, provider, name).directory;
  const call = (cluster: Cluster, progress: StepProgress, args: readonly string[]) =>
    callVagrant({
      host,
      provider,
      layout: vagrantLayout(host.home, provider, cluster.name),
      args: ["snapshot", ...args],
      signal: progress.signal,
      onEvent: (event) => progress.report(messageOf(event) ?? args[0] ?? ""),
    });
  const existing = async ({ name }: Cluster): Promise<readonly string[]> => [
    ...(await findVms(host, provider, name)).known.keys(),
  ];
  const holders = async ({ cluster, name, progress }: MediumWork): Promise<readonly string[]> => {
    const machines = await existing(cluster);
    if (machines.length === 0) return [];
    return machinesWith(vmSnapshotName(name), await call(cluster, progress, ["list"]));
  };
  return {
    stateDirectory: directoryOf,
    refuse: (cluster, snapshot) => requireSameVms(host, provider, { cluster, snapshot }),
    save: async ({ cluster, name, directory, progress }) => {
      await call(cluster, progress, ["save", patternOf(await existing(cluster)), vmSnapshotName(name)]);
      await copyState(directoryOf(cluster), directory);
      return undefined;
    },
    prepare: ({ directory, into }) => copyState(directory, into),
    revert: async ({ cluster, name, progress }) => {
      const machines = patternOf(await existing(cluster));
      await call(cluster, progress, ["restore", "--no-start", machines, vmSnapshotName(name)]);
    },
    discard: async (work) => {
      const machines = await holders(work);
      if (machines.length === 0) return;
      await call(work.cluster, work.progress, ["delete", patternOf(machines), vmSnapshotName(work.name)]);
    },
    isWhole: async (work) => {
      const [snapshot, machines] = [await readSnapshot(work.directory, work.name), await holders(work)];
      return snapshot !== undefined && snapshot.machines.every((machine) => machines.includes(machine));
    },
  };
}

/** The hypervisor's name of a snapshot: a person may have others of the same VM. */
export const vmSnapshotName = (name: string): string => `swarmlab-${name}`;

/** Machines that have a snapshot of this name, from what `vagrant snapshot list` says. */
export function machinesWith(vmSnapshot: string, events: readonly VagrantEvent[]): readonly string[] {
  return events.flatMap(({ type, target, data: [kind, text] }) =>
    type === "ui" && kind === "detail" && text?.trim() === vmSnapshot && target !== undefined ? [target] : [],
  );
}

/** Vagrant takes one name of a machine here, or one regular expression between slashes (its lib/vagrant/plugin/v2/command.rb). */
function patternOf(machines: readonly string[]): string {
  return `/^(?:${machines.join("|")})$/`;
}

/** @throws FailureError `usage` where a VM of the snapshot is gone, and its snapshot with it, or one came later that cannot be brought back. */
async function requireSameVms(
  host: VagrantHost,
  provider: VagrantProviderName,
  { cluster, snapshot }: { readonly cluster: Cluster; readonly snapshot: Snapshot | undefined },
): Promise<void> {
  if (snapshot === undefined) return;
  const { name, machines } = snapshot;
  const { directory } = vagrantLayout(host.home, provider, cluster.name);
  const saved = { directory: join(snapshotLayout(directory).snapshots, name), vagrantfile: "", log: "" };
  const { known } = await findVms(host, provider, cluster.name);
  const same = await Promise.all(
    machines.map(async (machine) => {
      const record = await readMachineRecord(machineRecordFile(saved, machine));
      return record !== undefined && known.get(machine)?.id === record.id;
    }),
  );
  const gone = machines.filter((_, index) => same[index] !== true);
  const later = [...known.keys()].filter((machine) => !machines.includes(machine));
  if (gone.length > 0) throw vmsGone(name, gone);
  if (later.length > 0) throw vmsLater(name, later);
}

async function copyState(from: string, into: string): Promise<void> {
  for (const name of copied) {
    if (await pathExists(join(from, name)))
      await cp(join(from, name), join(into, name), { recursive: true, preserveTimestamps: true });
  }
}

function vmsGone(name: string, machines: readonly string[]): FailureError {
  return new FailureError({
    kind: "usage",
    message: `${name} cannot be restored: the VMs that it was taken of are gone (${machines.join(", ")}), and their snapshots with them`,
    remedy: `swarmlab snapshot delete ${name}`,
  });
}

function vmsLater(name: string, machines: readonly string[]): FailureError {
  return new FailureError({
    kind: "usage",
    message: `${name} cannot be restored: it has not ${machines.join(", ")}, and a hypervisor brings back only what it has`,
    remedy: machines.map((machine) => `swarmlab node remove ${machine}`).join("; "),
  });
}
