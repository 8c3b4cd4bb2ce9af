import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { kill, platform } from "node:process";
import type { ExecaError, Options } from "execa";
import { FailureError } from "../failure.ts";
import { hasCode } from "./files.ts";
import type { ProcessCommand, ProcessResult, ProcessRunner } from "./process-runner.ts";

const isWindows = platform === "win32";
const executableExtensions = isWindows ? ["", ".exe", ".cmd", ".bat"] : [""];
const stderrTailLength = 4000;
/** Long enough for a package manager to stop between two steps. */
const defaultGraceMs = 5000;

export interface ExecaOptions {
  /** Of the processes, all of it; `PATH` is where executables are searched. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Told of each process that ran to its end. */
  readonly onRun: (text: string) => void;
}

/** Processes of this host through execa. */
export class ExecaProcessRunner implements ProcessRunner {
  readonly #env: Readonly<NodeJS.ProcessEnv>;
  readonly #onRun: (text: string) => void;

  constructor({ env, onRun }: ExecaOptions) {
    this.#env = env;
    this.#onRun = onRun;
  }

  async tryRun(command: ProcessCommand): Promise<ProcessResult> {
    const [file, ...args] = command.argv;
    const options: Options = {
      reject: false,
      stripFinalNewline: false,
      input: command.stdinFrom ?? command.stdin ?? "",
      forceKillAfterDelay: command.graceMs ?? defaultGraceMs,
      extendEnv: false,
      env: { ...this.#env, LC_ALL: "C", ...command.env },
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      ...(command.timeoutMs === undefined ? {} : { timeout: command.timeoutMs }),
      ...(command.ownGroup === true ? { detached: !isWindows } : cancelBy(command.signal)),
      ...(command.onLine === undefined ? {} : { stdout: tap(command.onLine), stderr: tap(command.onLine) }),
    };
    // Many calls start no process: to load it would be a tenth of what they cost.
    const { execa } = await import("execa");
    command.signal?.throwIfAborted();
    const running = execa(file, args, options);
    const stop = command.ownGroup === true ? interruptGroup(command, running.pid) : () => undefined;
    const result = await running.finally(stop);
    if (command.ownGroup === true) command.signal?.throwIfAborted();
    this.#onRun(
      `${result.escapedCommand} (exit code ${result.exitCode ?? "none"}, ${Math.round(result.durationMs)} ms)`,
    );
    if (result.isCanceled) throw command.signal?.reason;
    if (result.timedOut) throw timedOut(command);
    if (result.failed && result.exitCode === undefined && result.signal === undefined) {
      throw cannotStart(command.argv, result as ExecaError);
    }
    return { exitCode: result.exitCode, stdout: text(result.stdout), stderr: text(result.stderr) };
  }

  async run(command: ProcessCommand): Promise<ProcessResult> {
    const result = await this.tryRun(command);
    if (result.exitCode === 0) return result;
    throw new FailureError({
      kind: "process",
      argv: command.argv,
      exitCode: result.exitCode,
      stderr: (result.stderr || result.stdout).trim().slice(-stderrTailLength),
    });
  }

  kill(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
    try {
      kill(pid, signal);
    } catch (error) {
      if (!hasCode(error, "ESRCH")) throw error;
    }
  }

  async which(name: string): Promise<string | undefined> {
    for (const directory of (this.#env["PATH"] ?? "").split(delimiter)) {
      for (const extension of executableExtensions) {
        const candidate = join(directory, `${name}${extension}`);
        if (await isExecutable(candidate)) return candidate;
      }
    }
    return undefined;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function cancelBy(signal: AbortSignal | undefined): Options {
  return signal === undefined ? {} : { cancelSignal: signal };
}

/** The returned function is called when the process has ended. */
function interruptGroup({ signal, graceMs }: ProcessCommand, pid: number | undefined): () => void {
  if (pid === undefined || signal === undefined) return () => undefined;
  let killing: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    signalGroup(pid, "SIGINT");
    killing = setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs ?? defaultGraceMs);
  };
  signal.addEventListener("abort", interrupt, { once: true });
  return () => {
    signal.removeEventListener("abort", interrupt);
    clearTimeout(killing);
  };
}

/** Windows has no such groups: there the console's Ctrl-C has reached the process already, and only ending it is left. */
function signalGroup(pid: number, signal: "SIGINT" | "SIGKILL"): void {
  if (isWindows && signal === "SIGINT") return;
  try {
    kill(isWindows ? pid : -pid, signal);
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}

function tap(onLine: (line: string) => void) {
  return function* (line: unknown): Generator {
    onLine(String(line));
    yield line;
  };
}

function text(output: unknown): string {
  return typeof output === "string" ? output : "";
}

function timedOut(command: ProcessCommand): FailureError {
  return new FailureError({
    kind: "timeout",
    waitedFor: command.argv.join(" "),
    afterMs: command.timeoutMs ?? 0,
    hint: "Run the command by hand to see what it waits for.",
  });
}

function cannotStart(argv: readonly string[], error: ExecaError): FailureError {
  return new FailureError({
    kind: "process",
    argv,
    exitCode: undefined,
    stderr: error.originalMessage,
    ...(error.code === "ENOENT"
      ? { remedy: `Install ${argv[0] ?? "the program"}; swarmlab doctor names the package.` }
      : {}),
  });
}
