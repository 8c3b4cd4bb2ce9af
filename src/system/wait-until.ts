import { FailureError } from "../failure.ts";
import type { Clock } from "./clock.ts";

/** A wait with a title, a deadline and a hint. */
export interface Wait {
  readonly clock: Clock;
  /** Completes "waited for …". */
  readonly title: string;
  readonly timeoutMs: number;
  readonly hint: string;
  /** Pause between two looks; default 50. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks until `probe` answers something other than `undefined`, and returns it.
 * @throws FailureError `timeout` at the deadline; whatever `probe` throws; the signal's reason.
 */
export async function waitUntil<T>(wait: Wait, probe: () => Promise<T | undefined>): Promise<T> {
  const { clock, signal } = wait;
  const start = clock.nowMs();
  for (;;) {
    signal?.throwIfAborted();
    const value = await probe();
    if (value !== undefined) return value;
    if (clock.nowMs() - start >= wait.timeoutMs) {
      throw new FailureError({
        kind: "timeout",
        waitedFor: wait.title,
        afterMs: wait.timeoutMs,
        hint: wait.hint,
      });
    }
    await clock.sleep(wait.intervalMs ?? 50, signal);
  }
}
