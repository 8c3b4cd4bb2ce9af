import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Cluster, HostSpec } from "../../cluster/cluster.ts";
import { clusterRecordFile } from "../cluster-record.ts";
import { readRecord, writeRecord } from "../record-file.ts";

/** A machine that exists already, and the IPv4 address that the others know it by; undefined: its name leads to none. */
export interface KnownHost {
  readonly spec: HostSpec;
  readonly address: string | undefined;
}

/** The machines that were taken into the cluster, by name; none where there is no cluster. `clusters`: the provider's directory. */
export async function readHosts(clusters: string, cluster: string): Promise<ReadonlyMap<string, KnownHost>> {
  const entries = await readRecord(clusterRecordFile(clusters, cluster), (data) =>
    "hosts" in data && typeof data.hosts === "object" ? Object.entries(data.hosts ?? {}) : [],
  );
  return new Map(
    (entries ?? []).flatMap(([name, data]: [string, unknown]) => {
      const host = parseHost(data);
      return host === undefined ? [] : [[name, host] as const];
    }),
  );
}

/** Only its owner reads it. */
export async function writeHosts(
  clusters: string,
  cluster: Cluster,
  hosts: ReadonlyMap<string, KnownHost>,
): Promise<void> {
  const { name, subnet, owner = null } = cluster;
  const file = clusterRecordFile(clusters, name);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeRecord(file, { schemaVersion: 1, subnet, owner, hosts: Object.fromEntries(hosts) });
}

function parseHost(data: unknown): KnownHost | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  if (!("address" in data && typeof data.address === "string")) return undefined;
  const spec = "spec" in data ? parseSpec(data.spec) : undefined;
  return spec && { spec, address: data.address };
}

function parseSpec(data: unknown): HostSpec | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  if (!("address" in data && typeof data.address === "string")) return undefined;
  if (!("port" in data && typeof data.port === "number")) return undefined;
  const { address, port } = data;
  const words = ["user", "key", "jump", "fingerprint", "advertiseAddress"].flatMap((key) => {
    const value: unknown = Object.entries(data).find(([name]) => name === key)?.[1];
    return typeof value === "string" ? [[key, value] as const] : [];
  });
  return { address, port, ...Object.fromEntries(words) };
}
