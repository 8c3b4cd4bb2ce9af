import type { Context } from "../context.ts";
import type { DaemonLine } from "../docker/daemon-lines.ts";
import { readDaemonLog } from "../docker/read-daemon-log.ts";
import { FailureError, type Failure } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs } from "../system/clock.ts";
import { TimeOrder } from "./time-order.ts";

export interface OrderedReading {
  readonly context: Pick<Context, "clock" | "signal">;
  readonly remotes: readonly Remote[];
  /** How many of the last lines of each to begin with. */
  readonly lines: number | "all";
  /** Go on with what comes, until the signal aborts. */
  readonly follow: boolean;
  readonly onLine: (machine: string, line: DaemonLine) => void;
  /** The log of this machine could not be read to its end. */
  readonly onLost: (machine: string, why: Failure) => void;
}

export interface LostLog {
  readonly machine: string;
  readonly why: Failure;
}

const readTimeoutMs = 60_000;
/** Lines of one moment may come from several machines within this time; a machine that says nothing delays the others by as much. */
const holdMs = 1000;
const tickMs = 100;

/** Reads the logs of several daemons at the same time and gives their lines in one order of time. Returns when all have ended or the signal aborts, with those that were lost. */
export async function readInOrder(reading: OrderedReading): Promise<readonly LostLog[]> {
  const { context, remotes, follow, onLine } = reading;
  const { clock } = context;
  const order = new TimeOrder<DaemonLine>({
    sources: remotes.map(({ machine }) => machine),
    // A log that is not followed has an end, which can be waited for.
    holdMs: follow ? limitMs(clock, holdMs) : Infinity,
  });
  const flush = (): void => {
    for (const [machine, line] of order.take(clock.nowMs())) onLine(machine, line);
  };
  const ended = new AbortController();
  const ticking = everyTick(reading, ended.signal, flush);
  try {
    const lost = await Promise.all(remotes.map((remote) => readOne(reading, remote, { order, flush })));
    return lost.flat();
  } finally {
    ended.abort();
    await ticking;
  }
}

async function readOne(
  { context, lines, follow, onLost }: OrderedReading,
  remote: Remote,
  { order, flush }: { readonly order: TimeOrder<DaemonLine>; readonly flush: () => void },
): Promise<readonly LostLog[]> {
  const { clock, signal } = context;
  const { machine } = remote;
  const timeoutMs = limitMs(clock, readTimeoutMs);
  const onLines = (more: readonly DaemonLine[]): void => {
    order.add(machine, more, clock.nowMs());
    flush();
  };
  try {
    await readDaemonLog({ remote, lines, follow, timeoutMs, signal, onLines });
    return [];
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    if (signal.aborted) return [];
    onLost(machine, error.failure);
    return [{ machine, why: error.failure }];
  } finally {
    order.end(machine);
    flush();
  }
}

/** What waits for others goes out when it has waited for long enough, whether or not anything comes. */
async function everyTick({ context }: OrderedReading, until: AbortSignal, act: () => void): Promise<void> {
  try {
    for (;;) {
      await context.clock.sleep(tickMs, until);
      act();
    }
  } catch (error) {
    if (!until.aborted) throw error;
  }
}
