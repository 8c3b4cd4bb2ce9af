import { join } from "node:path";
import { FailureError } from "../failure.ts";
import { readText } from "../system/files.ts";
import { makeStateDirectory, writePrivate } from "./lab-files.ts";

const progressFile = (labDirectory: string): string => join(labDirectory, ".swarmlab", "progress.json");

/**
 * The data of a lab directory's progress file; undefined: there is none.
 * @throws FailureError `usage` where it is no JSON: it holds the learner's work, so nothing replaces it by itself.
 */
export async function readProgressFile(labDirectory: string): Promise<unknown> {
  const file = progressFile(labDirectory);
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unreadableProgress(labDirectory);
  }
}

export async function writeProgressFile(labDirectory: string, progress: object): Promise<void> {
  await makeStateDirectory(labDirectory);
  await writePrivate(progressFile(labDirectory), `${JSON.stringify(progress, null, 2)}\n`);
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
