import { onAbort, reasonOf } from "./abort.ts";

/** A fixed number of places, given out first come, first served. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Waits for a place and returns what gives it back (once; further calls do nothing). Rejects with the signal's reason. */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw reasonOf(signal);
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    return this.#release();
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = onAbort(signal, () => {
        this.#waiting.delete(grant);
        reject(reasonOf(signal));
      });
      const grant = (): void => {
        stop();
        resolve();
      };
      this.#waiting.add(grant);
    });
  }

  #release(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const [next] = this.#waiting;
      if (!next) this.#free += 1;
      else {
        this.#waiting.delete(next);
        next();
      }
    };
  }
}
