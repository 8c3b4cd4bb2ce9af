import { mkdir, rm } from "node:fs/promises";

/**
 * An empty directory for large files, which only its owner may read; it is gone when the work has ended. What a killed one has left goes first: the
 * caller holds a lock that keeps others out.
 */
export async function withScratchDirectory<T>(directory: string, work: () => Promise<T>): Promise<T> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    return await work();
  } finally {
    await rm(directory, { recursive: true });
  }
}
