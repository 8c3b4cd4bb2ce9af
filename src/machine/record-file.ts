import { rename, writeFile } from "node:fs/promises";
import { FailureError } from "../failure.ts";
import { hasCode, readText } from "../system/files.ts";

/** Atomic: old or new, never half. Only its owner reads it. */
export async function writeRecord(file: string, record: object): Promise<void> {
  await writeFile(`${file}.partial`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.partial`, file);
}

/**
 * Undefined: there is no such file, or `parse` does not know what it holds.
 * @throws FailureError `prerequisite` for a file of another user.
 */
export async function readRecord<T>(
  file: string,
  parse: (data: object) => T | undefined,
): Promise<T | undefined> {
  const text = await readOwn(file);
  if (text === undefined) return undefined;
  const data: unknown = JSON.parse(text);
  return typeof data === "object" && data !== null ? parse(data) : undefined;
}

async function readOwn(file: string): Promise<string | undefined> {
  try {
    return await readText(file);
  } catch (error) {
    if (!hasCode(error, "EACCES", "EPERM")) throw error;
    const what = "what swarmlab keeps of a cluster cannot be read";
    const remedy = "Run the same command as the user who made the cluster; where that is root, with sudo.";
    throw new FailureError(
      { kind: "prerequisite", problems: [{ severity: "error", what, where: file, remedy }] },
      { cause: error },
    );
  }
}
