import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseSnapshotName } from "../cluster/snapshot-name.ts";
import { hasCode } from "../system/files.ts";
import type { Snapshot } from "./provider.ts";
import { readRecord, writeRecord } from "./record-file.ts";

/** Where snapshots of a cluster and what is at work on them are; all in the directory that belongs to the cluster alone. */
export interface SnapshotLayout {
  /** One directory for each snapshot, by its name. One whose name has a dot is being made or taken away. */
  readonly snapshots: string;
  /** Name of the snapshot that has to be restored to the end: from then on there is no way back. */
  readonly marker: string;
  /** What will replace the cluster's own. */
  readonly incoming: string;
  /** What was replaced. */
  readonly outgoing: string;
}

export function snapshotLayout(directory: string): SnapshotLayout {
  return {
    snapshots: join(directory, "snapshots"),
    marker: join(directory, "restore.json"),
    incoming: join(directory, "restore.incoming"),
    outgoing: join(directory, "restore.outgoing"),
  };
}

/** Snapshots that are whole, the oldest first. */
export async function readSnapshots({ snapshots }: SnapshotLayout): Promise<readonly Snapshot[]> {
  const names = (await entriesOf(snapshots)).filter((name) => parseSnapshotName(name).ok);
  const found = await Promise.all(names.map((name) => readSnapshot(join(snapshots, name), name)));
  return found
    .flatMap((snapshot) => snapshot ?? [])
    .toSorted((a, b) => compare(a.savedAt, b.savedAt) || compare(a.name, b.name));
}

/** Of a snapshot's directory; undefined: there is none. */
export function readSnapshot(directory: string, name: string): Promise<Snapshot | undefined> {
  return readRecord(join(directory, "snapshot.json"), (data) => parseSnapshot(data, name));
}

export function writeSnapshot(directory: string, snapshot: Snapshot): Promise<void> {
  return writeRecord(join(directory, "snapshot.json"), { schemaVersion: 1, ...snapshot });
}

/** Names in a directory; none where there is no such directory. */
export async function entriesOf(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

function parseSnapshot(data: object, name: string): Snapshot | undefined {
  if (!("savedAt" in data && typeof data.savedAt === "string")) return undefined;
  if (!("machines" in data && Array.isArray(data.machines))) return undefined;
  const bytes = "bytes" in data && typeof data.bytes === "number" ? { bytes: data.bytes } : {};
  return { name, savedAt: data.savedAt, machines: data.machines.map(String), ...bytes };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
