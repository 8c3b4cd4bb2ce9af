import { FailureError } from "../failure.ts";
import { limitMs, type Clock } from "./clock.ts";

/** A wait with a title, a deadline and a hint. */
export interface Wait {
  readonly clock: Clock;
  /** Completes "waited for …", as a noun phrase: `node1 to be a manager`. */
  readonly title: string;
  /** For usual machines: the clock's patience makes it longer. */
  readonly timeoutMs: number;
  /** Asked for when the time is up. */
  readonly hint: () => string;
  /** Pause between two looks; default 100. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
  /** Whether an error of the probe means "not yet"; default: none does. */
  readonly isPassing?: (error: unknown) => boolean;
}

/**
 * Looks until `probe` answers something other than `undefined`, and returns it.
 * @throws FailureError `timeout` at the deadline; what `probe` throws that is not passing; the signal's reason.
 */
export async function waitUntil<T>(wait: Wait, probe: () => Promise<T | undefined>): Promise<T> {
  const { clock, signal, title, hint, intervalMs = 100 } = wait;
  const timeoutMs = limitMs(clock, wait.timeoutMs);
  const startMs = clock.nowMs();
  for (;;) {
    signal?.throwIfAborted();
    const value = await look(wait, probe);
    if (value !== undefined) return value;
    if (clock.nowMs() - startMs >= timeoutMs)
      throw new FailureError({ kind: "timeout", waitedFor: title, afterMs: timeoutMs, hint: hint() });
    await clock.sleep(intervalMs, signal);
  }
}

async function look<T>({ isPassing }: Wait, probe: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await probe();
  } catch (error) {
    if (isPassing?.(error) === true) return undefined;
    throw error;
  }
}
