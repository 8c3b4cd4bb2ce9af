import { homedir } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import type * as Program from "../../src/run-program.ts";

/** The built program. */
export const programFile = resolve(import.meta.dirname, "../../dist/main.js");

export interface CallOptions {
  readonly directory: string;
  /** Given on stdin. */
  readonly input: string;
  /** All of it. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Then it is interrupted, and the result says so when it has ended. */
  readonly timeoutMs: number;
}

/** How a call ended. */
export interface Called {
  /** Null: its time was over. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the built program, without a terminal, in this process: that costs a fraction of what the start of one does. */
export async function callProgram(args: readonly string[], options: CallOptions): Promise<Called> {
  const { directory, input, env, timeoutMs } = options;
  // The bundle, as a person has it. To load its few files costs less than the many sources, which vitest would transform for each test file.
  const { runProgram } = (await import(resolve(programFile, "../run-program.js"))) as typeof Program;
  const [stdout, stderr] = [new Collected(), new Collected()];
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const exitCode = await runProgram({
    argv: [process.execPath, programFile, ...args],
    programFile,
    workingDirectory: directory,
    env,
    userHome: env["HOME"] ?? homedir(),
    isRoot: process.getuid?.() === 0,
    stdin: Readable.from(input === "" ? [] : [input]),
    stdout,
    stderr,
    onInterrupt: (listener) => {
      late.signal.addEventListener("abort", listener);
      return () => late.signal.removeEventListener("abort", listener);
    },
    leave: () => {
      throw new Error("it was interrupted once only");
    },
  });
  clearTimeout(timer);
  return { exitCode: late.signal.aborted ? null : exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** Keeps what is written to it. */
class Collected extends Writable {
  readonly #chunks: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
}
