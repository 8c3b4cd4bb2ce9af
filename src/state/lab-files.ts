import { chmod, chown, lchown, lstat, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readText } from "../system/files.ts";

/** The directory for what swarmlab keeps beside `swarmlab.yaml`: only the lab directory's owner reads it, and git ignores it. */
export async function makeStateDirectory(labDirectory: string): Promise<string> {
  const directory = join(labDirectory, ".swarmlab");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await giveToOwnerOf(labDirectory, directory);
  const ignored = join(directory, ".gitignore");
  await writeFile(ignored, "*\n");
  await giveToOwnerOf(directory, ignored);
  return directory;
}

/** Writes a file that only the owner of its directory reads; atomic. The directory exists. */
export async function writePrivate(path: string, content: string): Promise<void> {
  const partial = `${path}.partial`;
  // Made anew: what is left of a call that was killed may be root's, or a link that leads elsewhere.
  await removeFile(partial);
  await writeFile(partial, content, { mode: 0o600, flag: "wx" });
  await giveToOwnerOf(dirname(path), partial);
  await rename(partial, path);
}

/** What root made for somebody becomes theirs; others own what they make. */
async function giveToOwnerOf(directory: string, path: string): Promise<void> {
  const [owner, made] = [await stat(directory), await lstat(path)];
  if (made.uid === 0 && owner.uid !== 0) await lchown(path, owner.uid, owner.gid);
}

/** Writes a file of the person's anew; atomic. It exists, and keeps its owner, its mode and the links that lead to it. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const file = await realpath(path);
  const partial = `${file}.partial`;
  const before = await stat(file);
  await writeFile(partial, content);
  await chmod(partial, before.mode & 0o7777);
  const { uid, gid } = await stat(partial);
  // Only root can give a file away, and only root need do so.
  if (uid === 0 && (before.uid !== uid || before.gid !== gid)) await chown(partial, before.uid, before.gid);
  await rename(partial, file);
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
