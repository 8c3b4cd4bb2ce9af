import type { Context } from "../context.ts";
import type { Snapshot } from "../machine/provider.ts";
import { bringBack, whileHalted } from "./change-snapshots.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { confirmAction } from "./confirm-action.ts";
import { adoptUnlockKey, finishSnapshots } from "./finish-snapshots.ts";
import type { Lab, LabOptions } from "./open-lab.ts";
import { openSnapshots, requireSnapshot } from "./open-snapshots.ts";
import { reportSnapshot, type SnapshotReport } from "./snapshot-report.ts";
import type { StatusReport } from "./status-report.ts";

export interface RestoredSnapshot {
  readonly schemaVersion: 1;
  readonly restored: SnapshotReport;
  readonly status: StatusReport;
}

/**
 * Replaces all machines by those of a snapshot, then brings the cluster up, whether it ran or not.
 * @throws FailureError `usage` where there is none of this name or its machines cannot be put back; `prerequisite` where there is no room; `declined`
 */
export async function snapshotRestore(
  context: Context,
  options: LabOptions & { readonly name: string; readonly yes: boolean },
): Promise<RestoredSnapshot> {
  const { name, yes } = options;
  const opened = await openSnapshots(context, options, ["stop the machines and replace what they hold"]);
  const { keeper, lookAgain } = opened;
  const action = describeRestore(opened.lab, await requireSnapshot(opened, name));
  await confirmAction(context, { action, yes, command: `swarmlab snapshot restore ${name} --yes` });
  return await withClusterLock(context, opened.lab.cluster.name, async () => {
    await finishSnapshots(context, opened.lab);
    const lab = await lookAgain();
    const snapshot = await requireSnapshot({ lab, keeper }, name);
    await keeper.refuse(lab.cluster, snapshot);
    await whileHalted(context, {
      lab,
      title: `Restore ${name}`,
      work: async (progress) => {
        await keeper.restore(lab.cluster, { name, adopt: adoptUnlockKey(lab), progress });
        return snapshot;
      },
    });
    const status = await bringBack(context, await lookAgain());
    return { schemaVersion: 1, restored: reportSnapshot(snapshot), status };
  });
}

/** Completes "not done: …". */
export function describeRestore(
  { cluster, machines }: Pick<Lab, "cluster" | "machines">,
  { name, savedAt, machines: saved }: Snapshot,
): string {
  const now = [...machines.values()].filter(({ state }) => state !== "absent").map((machine) => machine.name);
  const gone = now.filter((machine) => !saved.includes(machine));
  const lost = gone.length === 0 ? "" : `, and remove ${gone.join(", ")}, which the snapshot has not`;
  return `replace all that the machines of ${cluster.name} hold by the snapshot ${name} of ${savedAt}${lost}`;
}
