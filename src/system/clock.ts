/** Time, so that tests can own it. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  nowMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Factor for the limits of waits, where machines are slower than usual; undefined: 1. */
  readonly patience?: number;
}

/** A limit for usual machines, as long as this clock's machines need it. */
export const limitMs = ({ patience = 1 }: Clock, usualMs: number): number => usualMs * patience;

/** The same time for machines that are slower than usual, so that waits for them have longer limits. */
export const withPatience = (clock: Clock, patience: number): Clock => ({
  nowMs: () => clock.nowMs(),
  sleep: (ms, signal) => clock.sleep(ms, signal),
  patience,
});
