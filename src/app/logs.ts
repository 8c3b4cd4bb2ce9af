import type { Context } from "../context.ts";
import { selectMachines } from "../cluster/select.ts";
import type { DaemonLine } from "../docker/daemon-lines.ts";
import { readDaemonLog } from "../docker/read-daemon-log.ts";
import { FailureError, unwrap, type Failure } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs } from "../system/clock.ts";
import { Connections } from "./connections.ts";
import { openLab, patientContext, type Lab, type LabOptions } from "./open-lab.ts";
import { requireRunning } from "./running-machines.ts";
import { TimeOrder } from "./time-order.ts";

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
const readTimeoutMs = 60_000;
/** Lines of one moment may come from several machines within this time; a machine that says nothing delays the others by as much. */
const holdMs = 1000;
const tickMs = 100;

/**
 * What the Docker daemons of several machines said, in one order of time. Machines out of reach are named and do not stop the others. Returns when all logs
 * have ended; followed ones end when the signal aborts, in peace.
 * @throws FailureError `unknown-machine`; `not-running` and others where no log at all can be read
 */
export async function logs(usual: Context, options: LogsOptions): Promise<LogsOutcome> {
  const lab = await openLab(usual, options, ["read the key that opens the machines"]);
  const context = patientContext(usual, lab);
  const missing: LogsOutcome["missing"][number][] = [];
  const miss: Miss = (machine, why, what) => {
    missing.push({ machine, why });
    context.emit({ type: "note", level: "warning", text: `${machine}: its log ${what} (${why.kind}).` });
  };
  const names = unwrap(selectMachines(lab.cluster.machines, options.on)).map(({ name }) => name);
  await using connections = new Connections(context);
  const remotes = await reachable(names, miss, (name) => reach({ lab, connections, context, name }));
  const [first] = missing;
  if (remotes.length === 0 && first !== undefined) throw new FailureError(first.why);
  const lines = await readInOrder({ context, options, remotes, miss });
  if (!options.follow) context.signal.throwIfAborted();
  return { schemaVersion: 1, lines, missing };
}

type Miss = (machine: string, why: Failure, what: "is left out" | "ends here") => void;

/** All are connected to before the first is read, so that they begin at the same time. */
async function reachable(
  names: readonly string[],
  miss: Miss,
  connect: (name: string) => Promise<Remote>,
): Promise<readonly Remote[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      try {
        return [await connect(name)];
      } catch (error) {
        if (!(error instanceof FailureError) || error.failure.kind === "interrupted") throw error;
        miss(name, error.failure, "is left out");
        return [];
      }
    }),
  );
  return found.flat();
}

async function reach(its: {
  readonly lab: Lab;
  readonly connections: Connections;
  readonly context: Context;
  readonly name: string;
}): Promise<Remote> {
  const { lab, connections, name } = its;
  requireRunning(lab, name);
  return await connections.remote(lab, name, answerTimeoutMs);
}

interface Reading {
  readonly context: Context;
  readonly options: LogsOptions;
  readonly remotes: readonly Remote[];
  readonly miss: Miss;
}

async function readInOrder(reading: Reading): Promise<LogsOutcome["lines"]> {
  const { context, options, remotes } = reading;
  const { clock } = context;
  const sources = remotes.map(({ machine }) => machine);
  const order = new TimeOrder<DaemonLine>({
    sources,
    // A log that is not followed has an end, which can be waited for.
    holdMs: options.follow ? limitMs(clock, holdMs) : Infinity,
  });
  const kept: LogsOutcome["lines"][number][] = [];
  const print = printerFor(context, sources);
  const flush = (): void => {
    const lines = order.take(clock.nowMs()).map(([machine, line]) => ({ machine, ...timed(line) }));
    if (options.print) print(lines);
    else kept.push(...lines);
  };
  const ended = new AbortController();
  const ticking = everyTick(context, ended.signal, flush);
  try {
    await Promise.all(remotes.map((remote) => readOne(reading, remote, { order, flush })));
  } finally {
    ended.abort();
    await ticking;
  }
  return kept;
}

async function readOne(
  { context, options, miss }: Reading,
  remote: Remote,
  { order, flush }: { readonly order: TimeOrder<DaemonLine>; readonly flush: () => void },
): Promise<void> {
  const { clock, signal } = context;
  const { follow, tail } = options;
  try {
    await readDaemonLog({
      remote,
      lines: tail ?? (follow ? defaultFollowedTail : "all"),
      follow,
      timeoutMs: limitMs(clock, readTimeoutMs),
      signal,
      onLines: (lines) => {
        order.add(remote.machine, lines, clock.nowMs());
        flush();
      },
    });
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    if (!signal.aborted) miss(remote.machine, error.failure, "ends here");
  } finally {
    order.end(remote.machine);
    flush();
  }
}

/** What waits for others goes out when it has waited for long enough, whether or not anything comes. */
async function everyTick({ clock }: Context, until: AbortSignal, act: () => void): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(tickMs, until);
      act();
    }
  } catch (error) {
    if (!until.aborted) throw error;
  }
}

type Printed = LogsOutcome["lines"][number];

function printerFor({ terminal }: Context, machines: readonly string[]): (lines: readonly Printed[]) => void {
  const width = Math.max(...machines.map((machine) => machine.length));
  return (lines) => {
    const texts = lines.map(({ machine, time, text }) => {
      const said = time === null ? text : `${time} ${text}`;
      return `${machine.padEnd(width)} | ${said}\n`;
    });
    if (texts.length > 0) terminal.output.write(texts.join(""));
  };
}

function timed({ atMs, text }: DaemonLine): Pick<Printed, "time" | "text"> {
  return { time: atMs === undefined ? null : new Date(atMs).toISOString(), text };
}
