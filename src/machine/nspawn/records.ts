import { readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readText } from "../../system/files.ts";
import { clusterLayout } from "./layout.ts";

/** What was settled when a cluster was made and must not change while it exists. */
export interface ClusterRecord {
  readonly schemaVersion: 1;
  readonly subnet: string;
  /** Lab directory whose `swarmlab.yaml` asks for the cluster; null: the default cluster. */
  readonly owner: string | null;
}

/** Undefined: there is no such cluster. */
export async function readClusterRecord(home: string, cluster: string): Promise<ClusterRecord | undefined> {
  return readRecord(clusterLayout(home, cluster).recordFile, parseClusterRecord);
}

/** All clusters of this host by name. */
export async function readClusterRecords(home: string): Promise<ReadonlyMap<string, ClusterRecord>> {
  const names = await readdir(join(home, "clusters")).catch(() => []);
  const records = await Promise.all(
    names.map(async (name) => [name, await readClusterRecord(home, name)] as const),
  );
  return new Map(
    records.flatMap(([name, record]) => (record === undefined ? [] : [[name, record] as const])),
  );
}

/** Atomic: old or new, never half. */
export async function writeRecord(file: string, record: object): Promise<void> {
  await writeFile(`${file}.partial`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.partial`, file);
}

/** What a machine was made with: a restart must use the same. */
export interface MachineRecord {
  readonly schemaVersion: 1;
  readonly address: string;
  /** Path of the box below its root. */
  readonly box: string;
}

export async function readMachineRecord(directory: string): Promise<MachineRecord | undefined> {
  return readRecord(join(directory, "machine.json"), parseMachineRecord);
}

async function readRecord<T>(file: string, parse: (data: object) => T | undefined): Promise<T | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const data: unknown = JSON.parse(text);
  return typeof data === "object" && data !== null ? parse(data) : undefined;
}

function parseClusterRecord(data: object): ClusterRecord | undefined {
  if (!("subnet" in data && typeof data.subnet === "string")) return undefined;
  const owner = "owner" in data && typeof data.owner === "string" ? data.owner : null;
  return { schemaVersion: 1, subnet: data.subnet, owner };
}

function parseMachineRecord(data: object): MachineRecord | undefined {
  if (!("address" in data && typeof data.address === "string")) return undefined;
  if (!("box" in data && typeof data.box === "string")) return undefined;
  return { schemaVersion: 1, address: data.address, box: data.box };
}
