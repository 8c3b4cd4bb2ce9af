import type { Readable } from "node:stream";
import { FailureError } from "../failure.ts";
import type { ProcessRunner } from "./process-runner.ts";

/**
 * Runs GNU tar, which ends when this program does, however that ends.
 * @throws FailureError `disk-full`, `process`
 */
export async function runTar(
  processes: ProcessRunner,
  its: {
    readonly args: readonly string[];
    readonly stdin?: Readable;
    readonly signal: AbortSignal;
    /** Where it writes. */
    readonly path: string;
    /** `writing the bundle`, should the disk be full. */
    readonly doing: string;
  },
): Promise<void> {
  const { args, stdin, signal, path, doing } = its;
  try {
    await processes.run({
      argv: ["setpriv", "--pdeathsig=KILL", "tar", ...args],
      ...(stdin && { stdinFrom: stdin }),
      signal,
    });
  } catch (error) {
    const isFull =
      error instanceof FailureError &&
      error.failure.kind === "process" &&
      error.failure.stderr.includes("No space left on device");
    throw isFull ? new FailureError({ kind: "disk-full", path, doing }, { cause: error }) : error;
  }
}
