import type { Context } from "../context.ts";
import { selectMachines } from "../cluster/select.ts";
import type { DaemonLine } from "../docker/daemon-lines.ts";
import { FailureError, unwrap, type Failure } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { Connections } from "./connections.ts";
import { openLab, patientContext, type LabOptions } from "./open-lab.ts";
import { readInOrder } from "./read-in-order.ts";
import { requireRunning } from "./running-machines.ts";

export interface LogsOptions extends LabOptions {
  /** Names, `managers`, `workers`, `all`, globs; comma-separated. */
  readonly on: string;
  /** Go on with what comes, until the signal aborts. */
  readonly follow: boolean;
  /** How many of the last lines of each machine to begin with; undefined: 10 where it is followed, otherwise all. */
  readonly tail?: number;
  /** Print each line as its turn comes; otherwise only the outcome is returned. */
  readonly print: boolean;
}

/** What `logs --json` prints. */
export interface LogsOutcome {
  readonly schemaVersion: 1;
  /** In the order of their times; empty where they were printed. */
  readonly lines: readonly {
    readonly machine: string;
    /** ISO 8601, by the machine's clock; null: the log tells none. */
    readonly time: string | null;
    readonly text: string;
  }[];
  /** Machines whose logs are missing or ended early. */
  readonly missing: readonly { readonly machine: string; readonly why: Failure }[];
}

const defaultFollowedTail = 10;
/** A machine that runs answers within this time, or it is told as silent. */
const answerTimeoutMs = 10_000;

/**
 * What the Docker daemons of several machines said, in one order of time. Machines out of reach are named and do not stop the others. Returns when all logs
 * have ended; followed ones end when the signal aborts, in peace.
 * @throws FailureError `unknown-machine`; `not-running` and others where no log at all can be read
 */
export async function logs(usual: Context, options: LogsOptions): Promise<LogsOutcome> {
  const lab = await openLab(usual, options, ["read the key that opens the machines"]);
  const context = patientContext(usual, lab);
  const { follow, tail } = options;
  const names = unwrap(selectMachines(lab.cluster.machines, options.on)).map(({ name }) => name);
  await using connections = new Connections(context);
  const { remotes, missing } = await connectAll(names, async (name) => {
    requireRunning(lab, name);
    return await connections.remote(lab, name, answerTimeoutMs);
  });
  const [first] = missing;
  if (remotes.length === 0 && first !== undefined) throw new FailureError(first.why);
  for (const { machine, why } of missing) warn(context, `${machine}: its log is left out (${why.kind}).`);
  const kept: Printed[] = [];
  const take = options.print ? printerFor(context, names) : (line: Printed) => void kept.push(line);
  const lost = await readInOrder({
    context,
    remotes,
    follow,
    lines: tail ?? (follow ? defaultFollowedTail : "all"),
    onLine: (machine, line) => take({ machine, ...timed(line) }),
    onLost: (machine, why) => warn(context, `${machine}: its log ends here (${why.kind}).`),
  });
  if (!follow) context.signal.throwIfAborted();
  return { schemaVersion: 1, lines: kept, missing: [...missing, ...lost] };
}

/** All are connected to before the first is read, so that they begin at the same time. */
async function connectAll(
  names: readonly string[],
  connect: (name: string) => Promise<Remote>,
): Promise<{ readonly remotes: readonly Remote[]; readonly missing: LogsOutcome["missing"] }> {
  const missing: LogsOutcome["missing"][number][] = [];
  const found = await Promise.all(
    names.map(async (machine) => {
      try {
        return [await connect(machine)];
      } catch (error) {
        if (!(error instanceof FailureError) || error.failure.kind === "interrupted") throw error;
        missing.push({ machine, why: error.failure });
        return [];
      }
    }),
  );
  return { remotes: found.flat(), missing };
}

function warn({ emit }: Context, text: string): void {
  emit({ type: "note", level: "warning", text });
}

type Printed = LogsOutcome["lines"][number];

function printerFor({ terminal }: Context, machines: readonly string[]): (line: Printed) => void {
  const width = Math.max(...machines.map((machine) => machine.length));
  return ({ machine, time, text }) => {
    const said = time === null ? text : `${time} ${text}`;
    terminal.output.write(`${machine.padEnd(width)} | ${said}\n`);
  };
}

function timed({ atMs, text }: DaemonLine): Pick<Printed, "time" | "text"> {
  return { time: atMs === undefined ? null : new Date(atMs).toISOString(), text };
}
