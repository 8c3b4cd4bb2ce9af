import { join } from "node:path";
import { changeMachines } from "../cluster/change-machines.ts";
import { configFileName } from "../cluster/load.ts";
import { FailureError, unwrap } from "../failure.ts";
import { replaceFile } from "../state/lab-files.ts";
import { hasCode, readText } from "../system/files.ts";

/** A `swarmlab.yaml` that asks for other machines than now, not written yet. */
export interface ConfigChange {
  readonly file: string;
  readonly text: string;
}

/**
 * The lab directory's `swarmlab.yaml` so that it asks for exactly these machines; undefined: there is none.
 * @throws FailureError `config` where it would not be a cluster.
 */
export async function planConfig(
  directory: string,
  names: readonly string[],
): Promise<ConfigChange | undefined> {
  const file = join(directory, configFileName);
  const text = await readText(file);
  return text === undefined ? undefined : { file, text: unwrap(changeMachines(text, names, configFileName)) };
}

/** @throws FailureError `usage` where it cannot be written. */
export async function writeConfig({ file, text }: ConfigChange): Promise<void> {
  try {
    await replaceFile(file, text);
  } catch (error) {
    if (!(error instanceof Error) || !hasCode(error, "EACCES", "EPERM", "EROFS", "ENOSPC")) throw error;
    throw new FailureError(
      {
        kind: "usage",
        message: `${file} cannot be written`,
        remedy: `${error.message}. Nothing was changed.`,
      },
      { cause: error },
    );
  }
}
