import { parseSnapshotName } from "../cluster/snapshot-name.ts";
import type { Context } from "../context.ts";
import { FailureError, unwrap } from "../failure.ts";
import { unlockKeyFile } from "../state/lab-files.ts";
import { readText } from "../system/files.ts";
import { bringBack, whileHalted } from "./change-snapshots.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { finishSnapshots } from "./finish-snapshots.ts";
import type { Lab, LabOptions } from "./open-lab.ts";
import { openSnapshots, type SnapshotLab } from "./open-snapshots.ts";
import { reportSnapshot, type SnapshotReport } from "./snapshot-report.ts";

export interface SavedSnapshot {
  readonly schemaVersion: 1;
  readonly saved: SnapshotReport;
  /** The machines ran, and run again. */
  readonly running: boolean;
}

/**
 * Saves all machines of the cluster at one moment; those that run are stopped for it and started again.
 * @throws FailureError `usage` for a name that cannot be or is taken, and for a cluster that is not whole; `prerequisite` where there is no room
 */
export async function snapshotSave(
  context: Context,
  options: LabOptions & { readonly name: string },
): Promise<SavedSnapshot> {
  const name = unwrap(parseSnapshotName(options.name));
  const opened = await openSnapshots(context, options, ["stop the machines and copy what they hold"]);
  const { keeper, lookAgain } = opened;
  return await withClusterLock(context, opened.lab.cluster.name, async () => {
    await finishSnapshots(context, opened.lab);
    const lab = await lookAgain();
    const machines = requireWhole(lab);
    await requireFree({ lab, keeper }, name);
    await keeper.refuse(lab.cluster, undefined);
    const { done, ran } = await whileHalted(context, {
      lab,
      title: `Save ${name}`,
      work: async (progress) => {
        const unlockKey = await readText(unlockKeyFile(lab.directory));
        const key = unlockKey === undefined ? {} : { unlockKey };
        return keeper.save(lab.cluster, { name, machines, ...key, progress });
      },
    });
    if (ran) await bringBack(context, lab);
    return { schemaVersion: 1, saved: reportSnapshot(done), running: ran };
  });
}

/** The machines that exist. @throws FailureError `usage` */
function requireWhole({ machines }: Lab): readonly string[] {
  const existing = [...machines.values()].filter(({ state }) => state !== "absent");
  const torn = existing.filter(({ state }) => state !== "running" && state !== "stopped");
  if (existing.length > 0 && torn.length === 0) return existing.map(({ name }) => name);
  throw new FailureError({
    kind: "usage",
    message:
      existing.length === 0
        ? "there is no machine to be saved"
        : `not all machines are whole: ${torn.map(({ name, state }) => `${name} is ${state}`).join(", ")}`,
    remedy: "swarmlab up",
  });
}

async function requireFree(
  { lab, keeper }: Pick<SnapshotLab, "lab" | "keeper">,
  name: string,
): Promise<void> {
  const names = (await keeper.list(lab.cluster)).map((snapshot) => snapshot.name);
  if (!names.includes(name)) return;
  throw new FailureError({
    kind: "usage",
    message: `the cluster ${lab.cluster.name} has a snapshot ${name} already`,
    remedy: `Choose another name, or first: swarmlab snapshot delete ${name}`,
  });
}
