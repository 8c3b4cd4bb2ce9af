import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FailureError } from "../failure.ts";
import { parseFaultRecord, standingOf, type FaultRecord } from "../faults/fault-record.ts";
import { writeRecord } from "../machine/record-file.ts";
import { hasCode, readText } from "../system/files.ts";
import type { Lab } from "./open-lab.ts";

/** What is kept of a cluster's faults: one file for each, which only its owner reads. */
export class FaultRecords {
  readonly #directory: string;

  constructor({ provider, cluster }: Pick<Lab, "provider" | "cluster">) {
    this.#directory = join(provider.stateDirectory(cluster), "faults");
  }

  /** Those that are not healed yet, the oldest first. @throws FailureError `fault-record` */
  async read(): Promise<readonly FaultRecord[]> {
    return (await this.#readAll()).filter((record) => standingOf(record, Date.now()) !== "healed");
  }

  async write(record: FaultRecord): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeRecord(this.#fileOf(record), record);
  }

  async remove(record: FaultRecord): Promise<void> {
    await rm(this.#fileOf(record), { force: true });
    await rm(this.logOf(record), { force: true });
  }

  /** Forgets those that have healed by themselves. */
  async tidy(): Promise<void> {
    for (const record of await this.#readAll())
      if (standingOf(record, Date.now()) === "healed") await this.remove(record);
  }

  /** Where what heals it later tells how that went. */
  logOf({ id }: FaultRecord): string {
    return join(this.#directory, `${id}.log`);
  }

  #fileOf({ id }: FaultRecord): string {
    return join(this.#directory, `${id}.json`);
  }

  async #readAll(): Promise<readonly FaultRecord[]> {
    const names = (await filesOf(this.#directory)).filter((name) => name.endsWith(".json"));
    const records = await Promise.all(
      names.map(async (name) => {
        const file = join(this.#directory, name);
        const text = await readText(file);
        // Healed between being seen and being read.
        if (text === undefined) return [];
        const record = parseFaultRecord(text);
        if (record === undefined || this.#fileOf(record) !== file)
          throw new FailureError({ kind: "fault-record", file });
        return [record];
      }),
    );
    return records.flat().toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since));
  }
}

async function filesOf(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    // `ENOTDIR`, `EACCES` and the like are none of what a cluster without faults has.
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
