#!/usr/bin/env node
import { homedir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runProgram } from "./run-program.ts";

/** As shells have it for a program that SIGPIPE ended. */
const closedPipeExitCode = 141;

process.stdout.on("error", quitOnClosedPipe);
process.stderr.on("error", goOnUnread);
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

/** `swarmlab logs | head -1`: the reader has seen enough. What changes a cluster writes no result before all is done, and has its exit code then. */
function quitOnClosedPipe(error: Error): void {
  if (!isClosedPipe(error)) throw error;
  process.exit(process.exitCode ?? closedPipeExitCode);
}

/** `swarmlab up 2>&1 | tee log`: Ctrl-C ends `tee` as well, and what was begun must be ended in an orderly way all the same. */
function goOnUnread(error: Error): void {
  if (!isClosedPipe(error)) throw error;
}

function isClosedPipe(error: Error): boolean {
  return "code" in error && error.code === "EPIPE";
}
