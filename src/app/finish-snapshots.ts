import type { Context } from "../context.ts";
import type { Adopt } from "../machine/provider.ts";
import { runSteps } from "../run-steps.ts";
import { makeStateDirectory, removeFile, unlockKeyFile, writePrivate } from "../state/lab-files.ts";
import type { StepProgress } from "../steps.ts";
import { haltMachines } from "./halt-machines.ts";
import { reopenLab, type Lab } from "./open-lab.ts";

/**
 * Puts right what a call that saved, restored or deleted a snapshot has left when it was killed; under the cluster's lock. Where that was a restore,
 * machines that run end first: only whole clusters are restored. Returns the lab as it is then.
 */
export async function finishSnapshots(context: Context, lab: Lab): Promise<Lab> {
  const { provider, cluster } = lab;
  const { snapshots: keeper } = provider;
  const unfinished = await keeper?.unfinished(cluster);
  if (keeper === undefined || unfinished === undefined) return lab;
  if (unfinished === "restore") await haltMachines(context, await reopenLab(lab));
  const step = {
    id: "snapshot/finish",
    title: "Finish what was begun with a snapshot",
    run: async (progress: StepProgress) => {
      await keeper.finish(cluster, { adopt: adoptUnlockKey(lab), progress });
      return undefined;
    },
  };
  await runSteps([step], { ...context, maxWorkers: 1 });
  return reopenLab(lab);
}

/** The lab's key becomes the one of the swarm that was restored. */
export function adoptUnlockKey({ directory }: Pick<Lab, "directory">): Adopt {
  return async (unlockKey) => {
    const file = unlockKeyFile(directory);
    if (unlockKey === undefined) return removeFile(file);
    await makeStateDirectory(directory);
    return writePrivate(file, unlockKey);
  };
}
