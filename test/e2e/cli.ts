import { spawn } from "node:child_process";
import process from "node:process";
import { callProgram, programFile } from "../support/call-program.ts";
import { isOthers, secretsIn } from "./secrets.ts";

/** How a call of swarmlab ended. */
export interface CliResult {
  readonly args: readonly string[];
  /** Null when a signal or the time-out ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly directory: string;
  /** Given on stdin, which is never a terminal. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs swarmlab, such as `unshare --net`. */
  readonly through?: readonly string[];
  /** Default: the built one. */
  readonly program?: string;
  /** Then it is ended, and the result says so. */
  readonly timeoutMs?: number;
}

/** A call of swarmlab that still runs. */
export interface RunningCli {
  kill(signal: NodeJS.Signals): void;
  /** Resolves when stderr, or the other stream, holds the text; throws with the output when the program ends before. */
  sees(text: string, stream?: "stdout" | "stderr"): Promise<void>;
  readonly done: Promise<CliResult>;
}

/** Factor for the time-outs of tests, where everything is slower than usual; no test asserts a time. */
export const patience = Number(process.env["SWARMLAB_TEST_PATIENCE"] ?? 1);

/** The built program as a person has it. */
export const cliFile = programFile;

const defaultTimeoutMs = 100_000;

/**
 * Calls the built program in a directory, in this process unless an option needs one of its own: a call costs less than the start of a process.
 * What signals, pipes and terminals do to the program is a matter of `startCli`.
 */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const { directory, input = "", env, through = [], program, timeoutMs = defaultTimeoutMs } = options;
  if (through.length > 0 || program !== undefined) return startCli(args, options).done;
  const call = { directory, input, env: environment(env), timeoutMs: timeoutMs * patience };
  return withoutSecrets({ args, ...(await callProgram(args, call)) });
}

/** Starts the built program in a directory, in a process of its own. */
export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const {
    directory,
    input = "",
    env,
    through = [],
    program = cliFile,
    timeoutMs = defaultTimeoutMs,
  } = options;
  const [file = "", ...rest] = [...through, process.execPath, program, ...args];
  const child = spawn(file, rest, {
    cwd: directory,
    env: environment(env),
    timeout: timeoutMs * patience,
    killSignal: "SIGKILL",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program that ends without reading its input closes the pipe.
  child.stdin.on("error", () => undefined).end(input);
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ args, exitCode, stdout, stderr }));
  });
  const done = ended.then(withoutSecrets);
  const sees: RunningCli["sees"] = (text, stream = "stderr") =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if ((stream === "stderr" ? stderr : stdout).includes(text)) resolve();
      };
      look();
      child[stream].on("data", look);
      void done.then(
        (result) => reject(new Error(`it ended before saying ${text}\n${formatResult(result)}`)),
        reject,
      );
    });
  return { kill: (signal) => child.kill(signal), sees, done };
}

const environment = (env: CliOptions["env"]): NodeJS.ProcessEnv => ({
  ...process.env,
  NO_COLOR: "1",
  ...env,
});

/** @throws Error when it said a secret that is not what another program said. */
function withoutSecrets(result: CliResult): CliResult {
  const { args, stdout, stderr } = result;
  const said = isOthers(args) ? [] : secretsIn(stdout + stderr);
  if (said.length > 0) throw new Error(`swarmlab ${args.join(" ")} said ${said.join(", ")}`);
  return result;
}

/** The result if it has this exit code (null: ended by a signal); throws with all that was printed otherwise. */
export function expectExit(result: CliResult, exitCode: number | null): CliResult {
  if (result.exitCode === exitCode) return result;
  throw new Error(`wanted exit code ${exitCode ?? "none"}\n${formatResult(result)}`);
}

function formatResult({ args, exitCode, stdout, stderr }: CliResult): string {
  return `swarmlab ${args.join(" ")}: exit code ${exitCode ?? "none"}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
}
