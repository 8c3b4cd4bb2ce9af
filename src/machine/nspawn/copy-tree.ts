import { rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FailureError } from "../../failure.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";

/** What else happens on the disk meanwhile. */
const spareBytes = 100 * 1000 * 1000;

export interface TreeCopy {
  readonly processes: ProcessRunner;
  /** Paths. */
  readonly from: readonly string[];
  /** A directory that is there; the copies have their names. */
  readonly into: string;
  /** `saving node1`, should the disk be full. */
  readonly doing: string;
  readonly signal: AbortSignal;
}

/**
 * Copies trees with all that an overlay's upper directory and Docker's own consist of: owners, hard links, holes, devices (0/0 is an overlay's mark for
 * a removed file) and extended attributes. Shares the blocks where the file system can. Ends when this program does, however that ends.
 * @throws FailureError `disk-full`, `process`
 */
export async function copyTrees({ processes, from, into, doing, signal }: TreeCopy): Promise<void> {
  const cp = ["cp", "--archive", "--reflink=auto", "--sparse=always"];
  const argv = ["setpriv", "--pdeathsig=KILL", ...cp, `--target-directory=${into}`, ...from] as const;
  try {
    await processes.run({ argv: [...argv], signal });
  } catch (error) {
    const isFull =
      error instanceof FailureError &&
      error.failure.kind === "process" &&
      error.failure.stderr.includes("No space left on device");
    throw isFull ? new FailureError({ kind: "disk-full", path: into, doing }, { cause: error }) : error;
  }
}

/** Bytes on the disk below these paths; files with several names count once, and those that go meanwhile as it happens. */
export async function sizeOf(processes: ProcessRunner, paths: readonly string[]): Promise<number> {
  if (paths.length === 0) return 0;
  const argv = ["du", "--summarize", "--total", "--block-size=1", ...paths] as const;
  // It fails for a file that went while it looked, after it has told the sum.
  const { stdout } = await processes.tryRun({ argv: [...argv] });
  const total = /^(\d+)\ttotal$/m.exec(stdout)?.[1];
  if (total === undefined) throw new Error(`du has told no sum of ${paths.join(", ")}`);
  return Number(total);
}

/** Whether a copy within this directory would share the blocks of what it is a copy of. */
export async function canShareBlocks(processes: ProcessRunner, directory: string): Promise<boolean> {
  const [file, copy] = [join(directory, "reflink.probe"), join(directory, "reflink.probe.copy")];
  try {
    // Shorter files may lie in the inode, where there is nothing to be shared.
    await writeFile(file, "x".repeat(65_536));
    return (await processes.tryRun({ argv: ["cp", "--reflink=always", file, copy] })).exitCode === 0;
  } finally {
    await rm(file, { force: true });
    await rm(copy, { force: true });
  }
}

/** Bytes that are missing on the disk of this directory for so many more. */
export async function missingRoom(
  directory: string,
  bytes: number,
): Promise<{ readonly free: number; readonly missing: number }> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  return { free, missing: Math.max(0, bytes + spareBytes - free) };
}
