import { join } from "node:path";
import { FailureError } from "../failure.ts";
import { hasCode, readText } from "../system/files.ts";
import { makeStateDirectory, writePrivate } from "./lab-files.ts";

const progressFile = (labDirectory: string): string => join(labDirectory, ".swarmlab", "progress.json");

/**
 * The data of a lab directory's progress file; undefined: there is none.
 * @throws FailureError `prerequisite` where it is another user's; `usage` where it is no JSON: it holds the learner's work, so nothing replaces it by itself.
 */
export async function readProgressFile(labDirectory: string): Promise<unknown> {
  const file = progressFile(labDirectory);
  const text = await reach(file, () => readText(file));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unreadableProgress(labDirectory);
  }
}

/** Atomic. @throws FailureError `prerequisite` where it is another user's */
export async function writeProgressFile(labDirectory: string, progress: object): Promise<void> {
  const file = progressFile(labDirectory);
  await reach(file, async () => {
    await makeStateDirectory(labDirectory);
    await writePrivate(file, `${JSON.stringify(progress, null, 2)}\n`);
  });
}

async function reach<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!hasCode(error, "EACCES", "EPERM")) throw error;
    const what = "the progress of the labs cannot be read or written";
    const remedy = "Run the same command as the user who owns the file; where that is root, with sudo.";
    throw new FailureError(
      { kind: "prerequisite", problems: [{ severity: "error", what, where: file, remedy }] },
      { cause: error },
    );
  }
}

/** The failure for a progress file that this version cannot use. */
export function unreadableProgress(labDirectory: string): FailureError {
  const file = progressFile(labDirectory);
  return new FailureError({
    kind: "usage",
    message: `${file} cannot be read`,
    remedy: `Correct it, or move it away to begin anew: mv ${file} ${file}.old`,
  });
}
