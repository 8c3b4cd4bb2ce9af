#!/usr/bin/env node
import { homedir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runProgram } from "./run-program.ts";

process.stdout.on("error", quitOnClosedPipe);
process.stderr.on("error", quitOnClosedPipe);
process.exitCode = await runProgram({
  argv: process.argv,
  programFile: fileURLToPath(import.meta.url),
  workingDirectory: process.cwd(),
  env: process.env,
  userHome: homedir(),
  isRoot: process.getuid?.() === 0,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt: (listener) => {
    process.on("SIGINT", listener).on("SIGTERM", listener);
    return () => void process.off("SIGINT", listener).off("SIGTERM", listener);
  },
  leave: (exitCode) => process.exit(exitCode),
});

/** `swarmlab status | head -1`: the reader has seen enough. */
function quitOnClosedPipe(error: Error): void {
  if ("code" in error && error.code === "EPIPE") process.exit();
  throw error;
}
