import type { Clock } from "../system/clock.ts";
import { lockPlace } from "./lock-place.ts";

export interface LockOptions {
  /** What is locked, on this host. */
  readonly name: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once when somebody else has it, with who that is. */
  readonly onWait: (owner: string) => void;
}

/**
 * Runs `work` while holding a lock on this host, and waits for it as long as it takes. The lock ends with its holder, however that ends.
 * @throws the signal's reason.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await acquire(options);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire({ name, clock, signal, onWait }: LockOptions): Promise<() => Promise<void>> {
  const place = lockPlace(name);
  let announced = false;
  for (;;) {
    signal.throwIfAborted();
    const release = await place.take();
    if (release !== undefined) return release;
    if (!announced) onWait(await place.owner());
    announced = true;
    await clock.sleep(200, signal);
  }
}
