import type { Context } from "../context.ts";
import { selectMachines } from "../cluster/select.ts";
import { FailureError, unwrap } from "../failure.ts";
import { WholeLines } from "../remote/whole-lines.ts";
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
  readonly results: readonly {
    readonly machine: string;
    /** Null when a signal ended it. */
    readonly exitCode: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }[];
}

/** The same command on several machines at once. A command that fails is an outcome, not a failure. */
export async function exec(context: Context, options: ExecOptions): Promise<ExecOutcome> {
  const [program, ...args] = options.command;
  if (program === undefined) throw noCommand();
  const lab = await openLab(context, options, ["read the key that opens the machines"]);
  const chosen = unwrap(selectMachines(lab.cluster.machines, options.on));
  const names = chosen.map(({ name }) => requireRunning(lab, name).name);
  const width = Math.max(...names.map((name) => name.length));
  await using connections = new Connections(context);
  const results = await Promise.all(
    names.map(async (machine) => {
      const remote = await connections.remote(lab, machine);
      const prefix = options.print ? new PrefixedLines(machine.padEnd(width), context) : undefined;
      const result = await remote.tryRun({
        argv: [program, ...args],
        signal: context.signal,
        timeoutMs: Infinity,
        ...(prefix === undefined ? {} : { onOutput: (source, text) => prefix.take(source, text) }),
      });
      prefix?.end();
      return { machine, exitCode: result.exitCode ?? null, stdout: result.stdout, stderr: result.stderr };
    }),
  );
  return { schemaVersion: 1, results };
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
