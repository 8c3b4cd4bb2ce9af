import type { Context } from "../context.ts";
import { runSteps } from "../run-steps.ts";
import type { StepProgress } from "../steps.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { finishSnapshots } from "./finish-snapshots.ts";
import type { LabOptions } from "./open-lab.ts";
import { openSnapshots, requireSnapshot } from "./open-snapshots.ts";

export interface DeletedSnapshot {
  readonly schemaVersion: 1;
  readonly deleted: string;
}

/** Removes a snapshot; the cluster stays as it is. @throws FailureError `usage` where there is none of this name */
export async function snapshotDelete(
  context: Context,
  options: LabOptions & { readonly name: string },
): Promise<DeletedSnapshot> {
  const { name } = options;
  const { lab: found, keeper } = await openSnapshots(context, options, ["remove the files of the snapshot"]);
  return await withClusterLock(context, found.cluster.name, async () => {
    const lab = await finishSnapshots(context, found);
    await requireSnapshot({ lab, keeper }, name);
    const step = {
      id: "snapshot",
      title: `Delete ${name}`,
      run: async (progress: StepProgress) => {
        await keeper.delete(lab.cluster, { name, progress });
        return undefined;
      },
    };
    await runSteps([step], { ...context, maxWorkers: 1 });
    return { schemaVersion: 1, deleted: name };
  });
}
