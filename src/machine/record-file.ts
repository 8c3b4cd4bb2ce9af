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
 * @throws FailureError `prerequisite` for a file of another user, and for one that is no JSON: a disk that was full or lost its power can leave an empty one.
 */
export async function readRecord<T>(
  file: string,
  parse: (data: object) => T | undefined,
): Promise<T | undefined> {
  const text = await readOwn(file);
  if (text === undefined) return undefined;
  const data = parseJson(text, file);
  return typeof data === "object" && data !== null ? parse(data) : undefined;
}

/** Why a machine is broken whose record is damaged. Throws every other error again. */
export function damageOf(error: unknown): string {
  if (!(error instanceof FailureError) || !(error.cause instanceof SyntaxError)) throw error;
  const { failure } = error;
  const [problem] = failure.kind === "prerequisite" ? failure.problems : [];
  return `its record ${problem?.where ?? ""} is damaged`;
}

async function readOwn(file: string): Promise<string | undefined> {
  try {
    return await readText(file);
  } catch (error) {
    if (!hasCode(error, "EACCES", "EPERM")) throw error;
    const remedy = "Run the same command as the user who made the cluster; where that is root, with sudo.";
    throw unreadable({ file, remedy }, error);
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = text.trim() === "" ? "The file is empty." : "The file is not valid JSON.";
    const remedy = `Put it back from a copy, or make the cluster anew: rm ${file}, then swarmlab destroy, then swarmlab up`;
    throw unreadable({ file, why, remedy }, error);
  }
}

function unreadable(
  { file, ...its }: { readonly file: string; readonly why?: string; readonly remedy: string },
  cause: unknown,
): FailureError {
  const what = "what swarmlab keeps of a cluster cannot be read";
  return new FailureError(
    { kind: "prerequisite", problems: [{ severity: "error", what, where: file, ...its }] },
    { cause },
  );
}
