import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MediumWork, SnapshotMedium } from "../../src/machine/snapshot-medium.ts";

/** Where a call is broken off. */
export type Break = "save" | "prepare" | "revert" | "discard";

/** Machines are directories with a file; `elsewhere` has the names of the snapshots that a hypervisor would keep. Breaks off where it is told to. */
export class DirectoryMedium implements SnapshotMedium {
  readonly elsewhere = new Set<string>();
  readonly reverted: string[] = [];
  /** Each is met once. */
  readonly breaks = new Set<Break>();
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  stateDirectory(): string {
    return this.#directory;
  }

  refuse(): Promise<void> {
    return Promise.resolve();
  }

  async save({ directory, name }: MediumWork): Promise<number> {
    await cp(join(this.#directory, "machines"), join(directory, "machines"), { recursive: true });
    this.elsewhere.add(name);
    this.#breakOff("save");
    await cp(join(this.#directory, "tls"), join(directory, "tls"), { recursive: true });
    return 4711;
  }

  async prepare({ directory, into }: MediumWork & { readonly into: string }): Promise<void> {
    await cp(join(directory, "machines"), join(into, "machines"), { recursive: true });
    this.#breakOff("prepare");
    await cp(join(directory, "tls"), join(into, "tls"), { recursive: true });
  }

  revert({ name }: MediumWork): Promise<void> {
    this.#breakOff("revert");
    this.reverted.push(name);
    return Promise.resolve();
  }

  discard({ name }: MediumWork): Promise<void> {
    this.#breakOff("discard");
    this.elsewhere.delete(name);
    return Promise.resolve();
  }

  isWhole({ name }: MediumWork): Promise<boolean> {
    return Promise.resolve(this.elsewhere.has(name));
  }

  /** What the cluster is: the same word everywhere, or a mixture. */
  async write(word: string): Promise<void> {
    for (const place of places) {
      await mkdir(join(this.#directory, place), { recursive: true });
      await writeFile(join(this.#directory, place, "what"), word);
    }
  }

  async read(): Promise<readonly string[]> {
    const words = await Promise.all(
      places.map((place) => readFile(join(this.#directory, place, "what"), "utf8").catch(() => "missing")),
    );
    return [...new Set(words)];
  }

  #breakOff(where: Break): void {
    if (this.breaks.delete(where)) throw new Error(`broken off: ${where}`);
  }
}

const places = ["machines/manager", "machines/node1", "tls"];
