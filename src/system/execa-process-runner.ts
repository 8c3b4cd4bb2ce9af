import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { kill, platform as ownPlatform } from "node:process";
import type { ExecaError, Options } from "execa";
import { FailureError } from "../failure.ts";
import { hasCode } from "./files.ts";
import type { ProcessCommand, ProcessResult, ProcessRunner } from "./process-runner.ts";

const stderrTailLength = 4000;
/** Long enough for a package manager to stop between two steps. */
const defaultGraceMs = 5000;

export interface ExecaOptions {
  /** Of the processes, all of it; `PATH` is where executables are searched. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Told of each process that ran to its end. */
  readonly onRun: (text: string) => void;
  /** As Node names it; default: the one that this runs on. */
  readonly platform?: string;
}

/**
 * How the first process of a group is started. Windows has no groups that a signal reaches, but a Ctrl-C in the console reaches all that share it;
 * a process whose window is hidden would have a console of its own. https://github.com/nodejs/node/issues/29837
 */
export function groupOptions(platform: string): Options {
  return platform === "win32" ? { windowsHide: false } : { detached: true };
}

/** Processes of this host through execa. */
export class ExecaProcessRunner implements ProcessRunner {
  readonly #env: Readonly<NodeJS.ProcessEnv>;
  readonly #onRun: (text: string) => void;
  readonly #platform: string;

  constructor({ env, onRun, platform = ownPlatform }: ExecaOptions) {
    this.#env = env;
    this.#onRun = onRun;
    this.#platform = platform;
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
      ...(command.ownGroup === true ? groupOptions(this.#platform) : cancelBy(command.signal)),
      ...(command.onLine === undefined ? {} : { stdout: tap(command.onLine), stderr: tap(command.onLine) }),
    };
    // Many calls start no process: to load it would be a tenth of what they cost.
    const { execa } = await import("execa");
    command.signal?.throwIfAborted();
    const running = execa(file, args, options);
    const stop = command.ownGroup === true ? this.#interruptGroup(command, running.pid) : () => undefined;
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
    const extensions = this.#platform === "win32" ? ["", ".exe", ".cmd", ".bat"] : [""];
    for (const directory of (this.#env["PATH"] ?? "").split(delimiter)) {
      for (const extension of extensions) {
        const candidate = join(directory, `${name}${extension}`);
        if (await isExecutable(candidate)) return candidate;
      }
    }
    return undefined;
  }

  /** The returned function is called when the process has ended. */
  #interruptGroup({ signal, graceMs = defaultGraceMs }: ProcessCommand, pid: number | undefined): () => void {
    if (pid === undefined || signal === undefined) return () => undefined;
    let killing: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      const isAsked = this.#askGroup(pid, signal.reason);
      killing = setTimeout(() => this.#killGroup(pid), isAsked ? graceMs : 0);
    };
    signal.addEventListener("abort", interrupt, { once: true });
    return () => {
      signal.removeEventListener("abort", interrupt);
      clearTimeout(killing);
    };
  }

  /** Whether it knows that it is to end: on Windows only the console could tell it, with the person's Ctrl-C. */
  #askGroup(pid: number, reason: unknown): boolean {
    if (this.#platform === "win32")
      return reason instanceof FailureError && reason.failure.kind === "interrupted";
    signalGroup(pid, "SIGINT");
    return true;
  }

  #killGroup(pid: number): void {
    if (this.#platform === "win32")
      // The first process may only be a launcher, as vagrant.exe is. It alone is ended where its children cannot be found.
      this.run({ argv: ["taskkill", "/PID", String(pid), "/T", "/F"] }).catch(() =>
        this.kill(pid, "SIGKILL"),
      );
    else signalGroup(pid, "SIGKILL");
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

function signalGroup(pid: number, signal: "SIGINT" | "SIGKILL"): void {
  try {
    kill(-pid, signal);
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
