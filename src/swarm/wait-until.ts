import { FailureError } from "../failure.ts";
import type { Clock } from "../system/clock.ts";

/** A wait for an effect that has no event of its own. */
export interface Wait<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What is waited for, as a noun phrase: `node1 to be a manager`. */
  readonly title: string;
  readonly timeoutMs: number;
  /** Asked for when the time is up. */
  readonly hint: () => string;
  /** What is waited for, or `undefined` for not yet. Server errors (500 and more) count as not yet. */
  readonly probe: () => Promise<T | undefined>;
}

const intervalMs = 100;

/** The first defined answer of the probe. @throws FailureError `timeout`, and whatever the probe throws that is no server error. */
export async function waitUntil<T>(wait: Wait<T>): Promise<T> {
  const startMs = wait.clock.nowMs();
  for (;;) {
    wait.signal.throwIfAborted();
    const value = await tolerant(wait.probe);
    if (value !== undefined) return value;
    if (wait.clock.nowMs() - startMs >= wait.timeoutMs) throw timeout(wait);
    await wait.clock.sleep(intervalMs, wait.signal);
  }
}

/** True for answers with a status of 500 and more: no leader, raft not ready, a daemon that is not up yet. */
export function isServerError(error: unknown): error is FailureError {
  return error instanceof FailureError && error.failure.kind === "engine-api" && error.failure.status >= 500;
}

async function tolerant<T>(probe: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await probe();
  } catch (error) {
    if (isServerError(error)) return undefined;
    throw error;
  }
}

function timeout(wait: Wait<unknown>): FailureError {
  return new FailureError({
    kind: "timeout",
    waitedFor: wait.title,
    afterMs: wait.timeoutMs,
    hint: wait.hint(),
  });
}
