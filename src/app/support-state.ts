import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, readText } from "../system/files.ts";
import type { SupportParts } from "./support-parts.ts";
import { withoutSecrets } from "./support-secrets.ts";

/** Records and logs; a schema is the same everywhere. */
const wanted = /^(?!.*\.schema\.json$)(?:.*\.(?:json|log)|Vagrantfile)$/;
/** The end of a log is what counts. */
const limitCharacters = 1024 * 1024;

/** Adds the records and logs that are kept in a directory, and those of its machines. Keys stay, and so does what is inside the machines. */
export async function collectState(parts: SupportParts, prefix: string, directory: string): Promise<void> {
  const machines = await parts.attempt(prefix, () => namesIn(join(directory, "machines"), "directory"));
  const below = ["", "machines", ...(machines ?? []).map((name) => join("machines", name))];
  await Promise.all(
    below.map(async (place) => {
      const files = await parts.attempt(join(prefix, place), () => namesIn(join(directory, place), "file"));
      const chosen = (files ?? []).filter((name) => wanted.test(name));
      for (const name of chosen)
        await parts.add(join(prefix, place, name), () => readPart(join(directory, place, name)));
    }),
  );
}

/** A record as data, which is cleaned more thoroughly. */
async function readPart(path: string): Promise<unknown> {
  const text = await readText(path);
  // Cleaned before it is cut: half a key would not be known for one.
  return text === undefined ? undefined : dataOf(withoutSecrets(text).slice(-limitCharacters));
}

/** What a text says as JSON; the text itself where it is none. */
export function dataOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** None where there is no such directory. */
async function namesIn(directory: string, kind: "file" | "directory"): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => (kind === "file" ? entry.isFile() : entry.isDirectory()))
      .map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
