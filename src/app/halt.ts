import type { Context } from "../context.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { finishSnapshots } from "./finish-snapshots.ts";
import { haltMachines } from "./halt-machines.ts";
import { openLab, reopenLab, type LabOptions } from "./open-lab.ts";
import { requireOwnMachines } from "./own-machines.ts";

/** Stops all machines in an orderly way; `up` starts them again as they were. Returns the names of those that ran. */
export async function halt(context: Context, options: LabOptions): Promise<readonly string[]> {
  const before = await openLab(context, options, ["stop the machines"]);
  requireOwnMachines(before, {
    action: "stop machines",
    remedy: "swarmlab destroy takes them out of the swarm; stop them by their own means.",
  });
  return await withClusterLock(context, before.cluster.name, async () => {
    // Another call may have started machines while it had the lock.
    const lab = await reopenLab(await finishSnapshots(context, before));
    return await haltMachines(context, lab);
  });
}
