import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { FailureError } from "../failure.ts";
import type { StepProgress } from "../steps.ts";
import { hasCode, pathExists, readText } from "../system/files.ts";
import { refuseOthersCluster } from "./cluster-record.ts";
import { exchangeEntries } from "./exchange-entries.ts";
import type { Adopt, Snapshot, SnapshotKeeper } from "./provider.ts";
import { readRecord, writeRecord } from "./record-file.ts";
import type { MediumWork, SnapshotMedium } from "./snapshot-medium.ts";
import {
  entriesOf,
  readSnapshots,
  snapshotLayout,
  writeSnapshot,
  type SnapshotLayout,
} from "./snapshot-record.ts";

interface Kept {
  readonly medium: SnapshotMedium;
  readonly cluster: Cluster;
  readonly layout: SnapshotLayout;
  readonly progress: StepProgress;
}

const [partial, deleting] = [".partial", ".deleting"];

/**
 * Snapshots whose directories say what is there: one appears by a rename when it is whole, and goes by one before it is taken apart. A restore copies
 * first and changes nothing; then a marker is written, from which on it is only finished, by whoever comes next.
 */
export function keepSnapshots(medium: SnapshotMedium): SnapshotKeeper {
  const keptBy = (cluster: Cluster, progress: StepProgress): Kept => ({
    medium,
    cluster,
    progress,
    layout: layoutOf(cluster),
  });
  const layoutOf = (cluster: Cluster): SnapshotLayout => snapshotLayout(medium.stateDirectory(cluster));
  const own = async <T>(cluster: Cluster, doing: string, work: () => Promise<T>): Promise<T> => {
    const path = medium.stateDirectory(cluster);
    await refuseOthersCluster(dirname(path), cluster);
    return tellFullDisk({ path, doing }, work);
  };
  return {
    unfinished: (cluster) => unfinished(layoutOf(cluster)),
    list: (cluster) => own(cluster, "reading snapshots", () => readSnapshots(layoutOf(cluster))),
    refuse: (cluster, snapshot) => own(cluster, "looking for room", () => medium.refuse(cluster, snapshot)),
    finish: (cluster, { adopt, progress }) =>
      own(cluster, "finishing what was begun", () => finish(keptBy(cluster, progress), adopt)),
    save: (cluster, { progress, ...what }) =>
      own(cluster, `saving ${what.name}`, () => save(keptBy(cluster, progress), what)),
    restore: (cluster, { name, adopt, progress }) =>
      own(cluster, `restoring ${name}`, () => restore(keptBy(cluster, progress), name, adopt)),
    delete: (cluster, { name, progress }) =>
      own(cluster, `deleting ${name}`, () => deleteSnapshot(keptBy(cluster, progress), name)),
  };
}

/** All snapshots of a cluster that is being destroyed go at once, so that none is seen in part should the rest be broken off. */
export async function forgetSnapshots(directory: string): Promise<void> {
  const layout = snapshotLayout(directory);
  await rm(layout.marker, { force: true });
  await clearAway(layout);
  if (await pathExists(layout.snapshots)) await rename(layout.snapshots, layout.outgoing);
}

async function tellFullDisk<T>(
  its: { readonly path: string; readonly doing: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!hasCode(error, "ENOSPC")) throw error;
    throw new FailureError({ kind: "disk-full", ...its }, { cause: error });
  }
}

async function unfinished(layout: SnapshotLayout): Promise<"restore" | "other" | undefined> {
  if (await pathExists(layout.marker)) return "restore";
  const copies = await Promise.all([layout.incoming, layout.outgoing].map(pathExists));
  return copies.some(Boolean) || (await entriesOf(layout.snapshots)).some(isTorn) ? "other" : undefined;
}

async function finish(kept: Kept, adopt: Adopt): Promise<void> {
  const { layout } = kept;
  const name = await readRecord(layout.marker, parseMarker);
  if (name !== undefined) await exchange(kept, name, adopt);
  await clearAway(layout);
  for (const entry of (await entriesOf(layout.snapshots)).filter(isTorn)) {
    await kept.medium.discard(workOf(kept, entry.slice(0, entry.indexOf(".")), entry));
    await rm(join(layout.snapshots, entry), { recursive: true, force: true });
  }
}

async function save(
  kept: Kept,
  what: { readonly name: string; readonly machines: readonly string[]; readonly unlockKey?: string },
): Promise<Snapshot> {
  const { name, machines, unlockKey } = what;
  const work = workOf(kept, name, name + partial);
  await mkdir(work.directory, { recursive: true, mode: 0o700 });
  const bytes = await kept.medium.save(work);
  if (unlockKey !== undefined) await writeFile(unlockKeyIn(work.directory), unlockKey, { mode: 0o600 });
  const savedAt = new Date().toISOString();
  const snapshot: Snapshot = { name, savedAt, machines, ...(bytes === undefined ? {} : { bytes }) };
  await writeSnapshot(work.directory, snapshot);
  await rename(work.directory, join(kept.layout.snapshots, name));
  return snapshot;
}

async function restore(kept: Kept, name: string, adopt: Adopt): Promise<void> {
  const { layout, medium } = kept;
  await mkdir(layout.incoming, { mode: 0o700 });
  await mkdir(layout.outgoing, { mode: 0o700 });
  await medium.prepare({ ...workOf(kept, name), into: layout.incoming });
  kept.progress.signal.throwIfAborted();
  await writeRecord(layout.marker, { schemaVersion: 1, name });
  await exchange(kept, name, adopt);
  await clearAway(layout);
}

/** From the marker on. */
async function exchange(kept: Kept, name: string, adopt: Adopt): Promise<void> {
  const { layout, medium, cluster } = kept;
  const work = workOf(kept, name);
  await medium.revert(work);
  await exchangeEntries({ ...layout, directory: medium.stateDirectory(cluster) });
  await adopt(await readText(unlockKeyIn(work.directory)));
  await rm(layout.marker);
}

async function deleteSnapshot(kept: Kept, name: string): Promise<void> {
  const whole = join(kept.layout.snapshots, name);
  const work = workOf(kept, name, name + deleting);
  await rename(whole, work.directory);
  try {
    await kept.medium.discard(work);
  } catch (error) {
    if (await kept.medium.isWhole(work)) await rename(work.directory, whole);
    throw error;
  }
  await rm(work.directory, { recursive: true });
}

async function clearAway({ marker, incoming, outgoing }: SnapshotLayout): Promise<void> {
  for (const path of [`${marker}.partial`, incoming, outgoing])
    await rm(path, { recursive: true, force: true });
}

function workOf({ cluster, layout, progress }: Kept, name: string, entry = name): MediumWork {
  return { cluster, name, progress, directory: join(layout.snapshots, entry) };
}

const isTorn = (entry: string): boolean => entry.endsWith(partial) || entry.endsWith(deleting);

const unlockKeyIn = (directory: string): string => join(directory, "unlock-key");

function parseMarker(data: object): string | undefined {
  return "name" in data && typeof data.name === "string" ? data.name : undefined;
}
