import { FailureError } from "../failure.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { type Attempt, noProgress, parseProgress, type Progress, progressOf } from "../labs/progress.ts";
import { readProgressFile, unreadableProgress, writeProgressFile } from "../state/progress-file.ts";
import { findLab } from "./lab-catalog.ts";

/** What a lab directory keeps of the learner's way. */
export async function readProgress(directory: string): Promise<Progress> {
  const data = await readProgressFile(directory);
  if (data === undefined) return noProgress;
  const progress = parseProgress(data);
  if (progress === undefined) throw unreadableProgress(directory);
  return progress;
}

/** Changes it as it is now: another call may have written meanwhile. */
export async function changeProgress(
  directory: string,
  change: (progress: Progress) => Progress,
): Promise<Progress> {
  const progress = change(await readProgress(directory));
  await writeProgressFile(directory, progress);
  return progress;
}

/** The lab that is under way, and its attempt. @throws FailureError `usage` where none is. */
export function requireCurrent(
  labs: readonly LabDefinition[],
  progress: Progress,
): { readonly lab: LabDefinition; readonly attempt: Attempt } {
  const lab = currentLab(labs, progress);
  const attempt = lab && progressOf(progress, lab)?.attempt;
  if (lab === undefined || !attempt)
    throw new FailureError({
      kind: "usage",
      message: "no lab is under way",
      remedy: "swarmlab lab list, then: swarmlab lab start ID",
    });
  return { lab, attempt };
}

/** The lab that the cluster is set up for, under the id that it has now; undefined: none, or one that is gone. */
export function currentLab(labs: readonly LabDefinition[], progress: Progress): LabDefinition | undefined {
  const { current } = progress;
  if (current === null) return undefined;
  const hash = progress.labs[current]?.hash;
  return labs.find(({ id }) => id === current) ?? labs.find((lab) => lab.hash === hash);
}

/** The lab with this name, or the one under way. */
export function chosenLab(
  labs: readonly LabDefinition[],
  progress: Progress,
  word: string | undefined,
): LabDefinition {
  return word === undefined ? requireCurrent(labs, progress).lab : findLab(labs, word);
}
