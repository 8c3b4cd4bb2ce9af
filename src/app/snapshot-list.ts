import type { Context } from "../context.ts";
import type { LabOptions } from "./open-lab.ts";
import { openSnapshots } from "./open-snapshots.ts";
import { reportSnapshot, type SnapshotReport } from "./snapshot-report.ts";

export interface SnapshotList {
  readonly schemaVersion: 1;
  /** The oldest first. */
  readonly snapshots: readonly SnapshotReport[];
}

/** The snapshots of the cluster that are whole. Waits for nobody. */
export async function snapshotList(context: Context, options: LabOptions): Promise<SnapshotList> {
  const { lab, keeper } = await openSnapshots(context, options, ["read what swarmlab keeps of the cluster"]);
  return { schemaVersion: 1, snapshots: (await keeper.list(lab.cluster)).map(reportSnapshot) };
}
