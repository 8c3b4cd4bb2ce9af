import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readText } from "../system/files.ts";

/** The directory for what swarmlab keeps beside `swarmlab.yaml`: only its owner reads it, and git ignores it. */
export async function makeStateDirectory(labDirectory: string): Promise<string> {
  const directory = join(labDirectory, ".swarmlab");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, ".gitignore"), "*\n");
  return directory;
}

/** Writes a file that only its owner reads; atomic. Its directory exists. */
export async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(`${path}.partial`, content, { mode: 0o600 });
  await rename(`${path}.partial`, path);
}

/** Where a lab directory keeps the key that unlocks its swarm. */
export const unlockKeyFile = (labDirectory: string): string => join(labDirectory, ".swarmlab", "unlock-key");

/** The nearest directory from here upwards that has this file; undefined: none. */
export async function findUpwards(directory: string, file: string): Promise<string | undefined> {
  if ((await readText(join(directory, file))) !== undefined) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : findUpwards(parent, file);
}

/** Removes a file that may not be there. */
export const removeFile = (path: string): Promise<void> => rm(path, { force: true });
