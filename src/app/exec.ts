import type { Context } from "../context.ts";
import { selectMachines } from "../cluster/select.ts";
import { FailureError, unwrap, type Failure } from "../failure.ts";
import type { Remote, RemoteCommand } from "../remote/remote.ts";
import { WholeLines } from "../remote/whole-lines.ts";
import { combineErrors } from "../run-steps.ts";
import { Connections } from "./connections.ts";
import { openLab, type LabOptions } from "./open-lab.ts";
import { requireRunning } from "./running-machines.ts";

export interface ExecOptions extends LabOptions {
  /** Names, `managers`, `workers`, `all`, globs; comma-separated. */
  readonly on: string;
  readonly command: readonly string[];
  /** Print each line as it comes, prefixed; otherwise only the outcome is returned. */
  readonly print: boolean;
}

export interface ExecOutcome {
  readonly schemaVersion: 1;
  readonly results: readonly MachineResult[];
  /** Machines that could not be reached, or were lost before the command had ended. */
  readonly missing: readonly { readonly machine: string; readonly why: Failure }[];
}

interface MachineResult {
  readonly machine: string;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** All of it; empty where it was printed. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The same command on several machines at once. A command that fails is an outcome, not a failure. A machine that is lost does not stop the others.
 * @throws FailureError `usage`, `unknown-machine`, `not-running`; why machines are missing, where the outcome is printed or there is none; the signal's reason
 */
export async function exec(context: Context, options: ExecOptions): Promise<ExecOutcome> {
  const [program, ...args] = options.command;
  if (program === undefined) throw noCommand();
  const lab = await openLab(context, options, ["read the key that opens the machines"]);
  const chosen = unwrap(selectMachines(lab.cluster.machines, options.on));
  const names = chosen.map(({ name }) => requireRunning(lab, name).name);
  const width = Math.max(...names.map((name) => name.length));
  await using connections = new Connections(context);
  const ended = await Promise.all(
    names.map(async (machine): Promise<Ended> => {
      try {
        const remote = await connections.remote(lab, machine);
        const lines = options.print ? new PrefixedLines(machine.padEnd(width), context) : undefined;
        return { machine, result: await runOn(context, { remote, argv: [program, ...args], lines }) };
      } catch (error) {
        return { machine, error };
      }
    }),
  );
  context.signal.throwIfAborted();
  return outcomeOf(ended, options.print);
}

type Ended = { readonly machine: string } & (
  { readonly result: MachineResult } | { readonly error: unknown }
);

function outcomeOf(ended: readonly Ended[], print: boolean): ExecOutcome {
  const results = ended.flatMap((each) => ("result" in each ? each.result : []));
  const lost = ended.flatMap((each) => ("error" in each ? each : []));
  const missing = lost.flatMap(({ machine, error }) =>
    error instanceof FailureError ? { machine, why: error.failure } : [],
  );
  const isWorthReturning = !print && results.length > 0 && missing.length === lost.length;
  if (lost.length > 0 && !isWorthReturning) throw combineErrors(lost.map(({ error }) => error));
  return { schemaVersion: 1, results, missing };
}

/** `lines`: where the output goes; undefined: it is kept, all of it. */
async function runOn(
  { signal }: Context,
  its: {
    readonly remote: Remote;
    readonly argv: RemoteCommand["argv"];
    readonly lines: PrefixedLines | undefined;
  },
): Promise<MachineResult> {
  const { remote, argv, lines } = its;
  const kept = { stdout: [] as string[], stderr: [] as string[] };
  const { exitCode } = await remote.tryRun({
    argv,
    signal,
    timeoutMs: Infinity,
    onOutput: (source, text) => (lines ? lines.take(source, text) : void kept[source].push(text)),
  });
  lines?.end();
  const [stdout, stderr] = [kept.stdout.join(""), kept.stderr.join("")];
  return { machine: remote.machine, exitCode: exitCode ?? null, stdout, stderr };
}

/** Whole lines of one machine with its name in front, so that those of several do not mix. */
class PrefixedLines {
  readonly #prefix: string;
  readonly #context: Context;
  readonly #lines = { stdout: new WholeLines(), stderr: new WholeLines() };

  constructor(name: string, context: Context) {
    this.#prefix = `${name} | `;
    this.#context = context;
  }

  take(source: "stdout" | "stderr", text: string): void {
    this.#write(source, this.#lines[source].push(text));
  }

  end(): void {
    for (const source of ["stdout", "stderr"] as const) this.#write(source, this.#lines[source].end());
  }

  #write(source: "stdout" | "stderr", lines: readonly string[]): void {
    const { output, errors } = this.#context.terminal;
    (source === "stdout" ? output : errors).write(lines.map((line) => `${this.#prefix}${line}\n`).join(""));
  }
}

function noCommand(): FailureError {
  return new FailureError({
    kind: "usage",
    message: "exec has no command",
    remedy: "swarmlab exec -- docker ps",
  });
}
