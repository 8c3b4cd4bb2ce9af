import { createHash } from "node:crypto";

/** Numbers that look random and are the same for the same seed. */
export class Random {
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A whole number from 0 up to and without `end`. */
  below(end: number): number {
    this.#drawn += 1;
    const hash = createHash("sha256").update(`${this.#seed} ${this.#drawn}`).digest();
    return Math.floor((hash.readUInt32BE() / 2 ** 32) * end);
  }

  /** One of the list, which is not empty. */
  pick<T>(list: readonly T[]): T {
    const [picked] = list.slice(this.below(list.length));
    if (picked === undefined) throw new RangeError("nothing to pick from");
    return picked;
  }
}
