import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { execa } from "execa";
import { onTestFinished } from "vitest";
import { programFile } from "./call-program.ts";

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program, without a terminal, in an environment of its own. */
export async function runProgram(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const home = join(directory, "home");
  const { exitCode, stdout, stderr } = await execa(process.execPath, [programFile, ...args], {
    cwd: directory,
    env: { SWARMLAB_HOME: home, ...env },
    reject: false,
    stdin: "ignore",
    stripFinalNewline: false,
    timeout: 15_000,
  });
  return { exitCode, stdout, stderr };
}

/** A new directory that goes away with the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
