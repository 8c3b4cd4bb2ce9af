import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeStateDirectory } from "./lab-files.ts";

/**
 * An empty directory for large files, in the state directory and not in memory as `/tmp` may be; it is gone when the work has ended.
 * What a killed one has left goes first: the caller holds a lock that keeps others out.
 */
export async function withScratchDirectory<T>(
  its: { readonly labDirectory: string; readonly name: string },
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = join(await makeStateDirectory(its.labDirectory), its.name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}
