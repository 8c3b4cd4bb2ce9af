import { mkdir, mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FailureError } from "../failure.ts";
import { hasCode } from "../system/files.ts";
import type { ProcessRunner } from "../system/process-runner.ts";

/**
 * Writes a `.tar.gz` that only its owner reads, with one directory in it. Atomic: the file is the old or the new one, never half.
 * @throws FailureError `usage` where it cannot be written, `disk-full`, `process`; the signal's reason
 */
export async function writeArchive(its: {
  readonly file: string;
  /** Name of the directory inside. */
  readonly name: string;
  /** Contents by path below that directory. */
  readonly files: ReadonlyMap<string, string>;
  readonly processes: ProcessRunner;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { file, name, files, processes, signal } = its;
  const partial = `${file}.partial`;
  const staging = await mkdtemp(join(tmpdir(), "swarmlab-support-"));
  try {
    await writeTree(join(staging, name), files);
    await rm(partial, { force: true });
    // tar writes into the file that is there, and leaves its mode.
    await (await open(partial, "wx", 0o600)).close();
    await processes.run({ argv: ["tar", "-czf", partial, "-C", staging, name], signal });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw explain(error, file);
  } finally {
    await rm(staging, { recursive: true });
  }
}

async function writeTree(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, content] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

function explain(error: unknown, file: string): unknown {
  if (hasCode(error, "ENOSPC", "EDQUOT"))
    return new FailureError({ kind: "disk-full", path: dirname(file), doing: "writing the archive" });
  if (!hasCode(error, "ENOENT", "ENOTDIR", "EISDIR", "EACCES", "EPERM", "EROFS")) return error;
  return new FailureError(
    {
      kind: "usage",
      message: `${file} cannot be written`,
      remedy: "Choose another place: swarmlab support FILE",
    },
    { cause: error },
  );
}
