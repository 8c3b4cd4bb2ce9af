import { setImmediate } from "node:timers/promises";

/** Something asked of a batch, and the way to answer it. Only the first answer counts. */
export interface BatchItem<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/** Does together what is asked for at the same moment, and one such batch after another. */
export class Batch<Input, Output> {
  readonly #work: (items: readonly BatchItem<Input, Output>[]) => Promise<void>;
  readonly #waiting: BatchItem<Input, Output>[] = [];
  #busy = false;

  /** `work` answers every item; one that it leaves is rejected with what `work` throws. */
  constructor(work: (items: readonly BatchItem<Input, Output>[]) => Promise<void>) {
    this.#work = work;
  }

  request(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      if (!this.#busy) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      await setImmediate();
      await this.#run(this.#waiting.splice(0));
    }
    this.#busy = false;
  }

  async #run(items: readonly BatchItem<Input, Output>[]): Promise<void> {
    let left: unknown = new Error("left without an answer");
    try {
      await this.#work(items);
    } catch (error) {
      left = error;
    }
    for (const item of items) item.reject(left);
  }
}
