import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../system/files.ts";
import type { ClusterLayout } from "./layout.ts";

/**
 * Removes the directory of a cluster. Wherever it is broken off, all machines are there as they were, or none: managers of which others are gone
 * have lost their majority, and `up` could not go on.
 */
export async function removeClusterFiles({ directory, machinesDirectory }: ClusterLayout): Promise<void> {
  const condemned = join(directory, "destroyed");
  await rm(condemned, { recursive: true, force: true });
  await rename(machinesDirectory, condemned).catch(unlessMissing);
  await rm(directory, { recursive: true, force: true });
}

function unlessMissing(error: unknown): void {
  if (!hasCode(error, "ENOENT")) throw error;
}
