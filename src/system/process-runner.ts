import type { Readable } from "node:stream";

/** One process to run on this host. */
export interface ProcessCommand {
  readonly argv: readonly [string, ...string[]];
  readonly stdin?: string;
  /** In place of `stdin`: more than fits in memory. */
  readonly stdinFrom?: Readable;
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** From asking a cancelled process to end until it is killed; default 5000. */
  readonly graceMs?: number;
  /**
   * In a process group of its own, so that the terminal's Ctrl-C does not reach it: cancelled, the whole group gets one SIGINT, and
   * after `graceMs` SIGKILL. On Windows the terminal's Ctrl-C does reach it, and is the only way to ask it: for another reason it is killed at once.
   */
  readonly ownGroup?: boolean;
  /** Called for each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface ProcessResult {
  /** `undefined` when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs processes on this host. The execa adapter is the only importer of execa. */
export interface ProcessRunner {
  /** Runs to the end and returns whatever the exit code. Throws `FailureError` (`process`) when it cannot start, `timeout` when it takes too long. */
  tryRun(command: ProcessCommand): Promise<ProcessResult>;
  /** As `tryRun`, and throws `FailureError` (`process`) for an exit code other than 0. */
  run(command: ProcessCommand): Promise<ProcessResult>;
  /** Sends a signal; a process that is gone needs none. */
  kill(pid: number, signal: "SIGTERM" | "SIGKILL"): void;
  /** The path of an executable on PATH, or `undefined`. */
  which(name: string): Promise<string | undefined>;
}
