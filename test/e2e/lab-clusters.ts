import { makeLab, type E2eLab } from "./lab.ts";

/** Running clusters on which labs take turns. */
export class LabClusters {
  #all: readonly E2eLab[] = [];
  readonly #free: E2eLab[] = [];
  readonly #waiting: ((cluster: E2eLab) => void)[] = [];

  async bringUp(count: number): Promise<void> {
    const labels = Array.from({ length: count }, (_, index) => `labs${index}`);
    this.#all = await Promise.all(labels.map((label) => makeLab({ label })));
    await Promise.all(this.#all.map((cluster) => cluster.succeed(["up"])));
    this.#free.push(...this.#all);
  }

  /** Waits until one is free; first come, first served. */
  take(): Promise<E2eLab> {
    const cluster = this.#free.shift();
    if (cluster !== undefined) return Promise.resolve(cluster);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(cluster: E2eLab): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(cluster);
    else next(cluster);
  }

  /** Those too that did not come up. */
  async destroy(): Promise<void> {
    await Promise.all(this.#all.map((cluster) => cluster.destroy()));
  }
}
