import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "../failure.ts";
import type { LabDefinition } from "./lab-definition.ts";
import { type LabFolder, parseLab } from "./parse-lab.ts";

/** The labs of a directory in the order of their numbers, and what is wrong with those that cannot be read. */
export async function loadLabs(
  directory: string,
): Promise<{ readonly labs: readonly LabDefinition[]; readonly problems: readonly Problem[] }> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
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

async function readFolder(directory: string): Promise<LabFolder> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  const texts = await Promise.all(paths.map(async (path) => readFile(path, "utf8")));
  return new Map(paths.map((path, index) => [path.slice(directory.length + 1), texts[index] ?? ""]));
}
