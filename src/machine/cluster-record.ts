import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { FailureError } from "../failure.ts";
import { pathExists } from "../system/files.ts";
import { readRecord } from "./record-file.ts";

/** What was settled when a cluster was made and must not change while it exists. */
export interface ClusterRecord {
  readonly schemaVersion: 1;
  readonly subnet: string;
  /** Lab directory whose `swarmlab.yaml` asks for the cluster; null: the default cluster. */
  readonly owner: string | null;
}

/** Where a cluster's record is. `clusters`: the directory with one directory for each cluster of a provider. */
export const clusterRecordFile = (clusters: string, cluster: string): string =>
  join(clusters, cluster, "cluster.json");

/** Undefined: there is no such cluster. */
export function readClusterRecord(clusters: string, cluster: string): Promise<ClusterRecord | undefined> {
  return readRecord(clusterRecordFile(clusters, cluster), parseClusterRecord);
}

/** All clusters of a provider by name. */
export async function readClusterRecords(clusters: string): Promise<ReadonlyMap<string, ClusterRecord>> {
  const names = await readdir(clusters).catch(() => []);
  const records = await Promise.all(
    names.map(async (name) => [name, await readClusterRecord(clusters, name)] as const),
  );
  return new Map(
    records.flatMap(([name, record]) => (record === undefined ? [] : [[name, record] as const])),
  );
}

/**
 * The name of a cluster is unique on a host; an owner that no longer exists owns nothing.
 * @throws FailureError `name-taken`
 */
export async function refuseOthersCluster(clusters: string, cluster: Cluster): Promise<void> {
  const record = await readClusterRecord(clusters, cluster.name);
  if (record === undefined || record.owner === (cluster.owner ?? null)) return;
  if (record.owner === null) throw new FailureError({ kind: "name-taken", cluster: cluster.name });
  const exists = await pathExists(join(record.owner, "swarmlab.yaml"));
  if (exists) throw new FailureError({ kind: "name-taken", cluster: cluster.name, owner: record.owner });
}

function parseClusterRecord(data: object): ClusterRecord | undefined {
  if (!("subnet" in data && typeof data.subnet === "string")) return undefined;
  const owner = "owner" in data && typeof data.owner === "string" ? data.owner : null;
  return { schemaVersion: 1, subnet: data.subnet, owner };
}
