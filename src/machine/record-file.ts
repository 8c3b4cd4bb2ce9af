import { rename, writeFile } from "node:fs/promises";
import { readText } from "../system/files.ts";

/** Atomic: old or new, never half. Only its owner reads it. */
export async function writeRecord(file: string, record: object): Promise<void> {
  await writeFile(`${file}.partial`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.partial`, file);
}

/** Undefined: there is no such file, or `parse` does not know what it holds. */
export async function readRecord<T>(
  file: string,
  parse: (data: object) => T | undefined,
): Promise<T | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const data: unknown = JSON.parse(text);
  return typeof data === "object" && data !== null ? parse(data) : undefined;
}
