import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "../failure.ts";
import type { LabDefinition } from "./lab-definition.ts";
import { type LabFolder, parseLab } from "./parse-lab.ts";

/**
 * The labs of a directory in the order of their numbers, and what is wrong with those that cannot be read. `words`: only those that they name, which
 * takes a fraction of the time; all where one of them names none.
 */
export async function loadLabs(
  directory: string,
  words: readonly string[] = [],
): Promise<{ readonly labs: readonly LabDefinition[]; readonly problems: readonly Problem[] }> {
  const entries = await readdir(directory, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const names = foldersNamed(folders, words) ?? folders;
  const results = await Promise.all(
    names.toSorted().map(async (name) => {
      const place = join(directory, name);
      return parseLab({ directory: place, name, folder: await readFolder(place) });
    }),
  );
  return {
    labs: results.flatMap((result) => (result.ok ? result.value : [])),
    problems: results.flatMap((result) =>
      !result.ok && result.failure.kind === "config" ? result.failure.problems : [],
    ),
  };
}

/** Whether a word names the lab: its number (`1`, `01`), its id, or both (`01-first`). */
export function isNamed({ number, id }: Pick<LabDefinition, "number" | "id">, word: string): boolean {
  return [number, id, `${number}-${id}`].includes(word) || Number(word) === Number(number);
}

function foldersNamed(folders: readonly string[], words: readonly string[]): readonly string[] | undefined {
  if (words.length === 0) return undefined;
  const named = words.map((word) =>
    folders.find((folder) => {
      const [, number = "", id = ""] = /^(\d+)-(.*)$/.exec(folder) ?? [];
      return isNamed({ number, id }, word);
    }),
  );
  const found = named.filter((folder) => folder !== undefined);
  return found.length < named.length ? undefined : [...new Set(found)];
}

async function readFolder(directory: string): Promise<LabFolder> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  const texts = await Promise.all(
    paths.map(async (path) => (await readFile(path, "utf8")).replaceAll("\r\n", "\n")),
  );
  return new Map(paths.map((path, index) => [nameInFolder(directory, path), texts[index] ?? ""]));
}

/** How a lab calls a file below its directory: `solution/1.sh`, with `/` on Windows too. */
export function nameInFolder(directory: string, path: string): string {
  return path.slice(directory.length + 1).replaceAll("\\", "/");
}
