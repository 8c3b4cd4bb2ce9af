import { setMaxListeners } from "node:events";

/** Calls back as soon as the signal aborts, at once if it has; the returned function ends the watch. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  // One signal may end any number of things; the warning at eleven is for event emitters that leak.
  setMaxListeners(0, signal);
  if (signal.aborted) act();
  else signal.addEventListener("abort", act, { once: true });
  return () => {
    signal.removeEventListener("abort", act);
  };
}

/** The signal's reason as an error, itself where it is one. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("aborted", { cause: signal.reason });
}

/** What bounds a piece of work. */
export interface Deadline {
  /** `Infinity`: no limit. */
  readonly timeoutMs: number;
  readonly signals: readonly (AbortSignal | undefined)[];
  /** The error that the work is aborted with when the time is up. */
  readonly expired: () => Error;
}

/**
 * Hands the work one signal for everything that can end it early; its reason is the error to fail with. Work that says each time that it
 * has moved is limited by silence, not in all.
 */
export async function withDeadline<T>(
  deadline: Deadline,
  work: (signal: AbortSignal, moved: () => void) => Promise<T>,
): Promise<T> {
  const scope = new AbortController();
  const { timeoutMs } = deadline;
  const timer =
    timeoutMs === Infinity ? undefined : setTimeout(() => scope.abort(deadline.expired()), timeoutMs);
  // Not AbortSignal.any: on Node 20 it leaks where one source outlives many uses.
  // https://github.com/nodejs/node/issues/54614
  const unfollow = deadline.signals.map((signal) =>
    signal ? onAbort(signal, () => scope.abort(signal.reason)) : undefined,
  );
  try {
    return await work(scope.signal, () => void timer?.refresh());
  } finally {
    clearTimeout(timer);
    for (const stop of unfollow) stop?.();
  }
}
