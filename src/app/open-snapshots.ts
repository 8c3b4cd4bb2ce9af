import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import type { Snapshot, SnapshotKeeper } from "../machine/provider.ts";
import { inspectLab, observeCluster, readCluster, type Lab, type LabOptions } from "./open-lab.ts";
import { requireOwnMachines } from "./own-machines.ts";

/** A lab whose provider keeps snapshots of it. */
export interface SnapshotLab {
  readonly lab: Lab;
  readonly keeper: SnapshotKeeper;
  /** The lab as it is now: machines that were there and that nobody asks for are not missed in it. */
  readonly lookAgain: () => Promise<Lab>;
}

/** @throws FailureError `usage` where the machines are not the provider's own; as `inspectLab` */
export async function openSnapshots(
  context: Context,
  options: LabOptions,
  tasks: readonly string[],
): Promise<SnapshotLab> {
  const asked = await readCluster(context, options);
  const { lab } = await inspectLab(context, asked, tasks);
  requireOwnMachines(lab, {
    action: "save or restore machines",
    remedy:
      "Save them by their own means. The swarm's own state alone is in /var/lib/docker/swarm of each manager: stop docker there, copy it, start docker.",
  });
  const { snapshots } = lab.provider;
  if (snapshots === undefined) throw new Error(`${lab.provider.name} keeps no snapshots`);
  const cluster = { ...asked.cluster, provider: lab.provider.name };
  const lookAgain = async () => ({ ...lab, ...(await observeCluster(lab.provider, cluster)) });
  return { lab, keeper: snapshots, lookAgain };
}

/** @throws FailureError `usage` */
export async function requireSnapshot(
  { lab, keeper }: Pick<SnapshotLab, "lab" | "keeper">,
  name: string,
): Promise<Snapshot> {
  const all = await keeper.list(lab.cluster);
  const found = all.find((snapshot) => snapshot.name === name);
  if (found !== undefined) return found;
  const names = all.map((snapshot) => snapshot.name);
  throw new FailureError({
    kind: "usage",
    message: `the cluster ${lab.cluster.name} has no snapshot ${JSON.stringify(name)}`,
    remedy: names.length === 0 ? "swarmlab snapshot save NAME   (makes one)" : `It has: ${names.join(", ")}`,
  });
}
