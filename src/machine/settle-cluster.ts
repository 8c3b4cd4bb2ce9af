import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { dockerRangesOf } from "../cluster/docker-ranges.ts";
import { withSubnet } from "../cluster/extend.ts";
import { freeSubnet, overlaps, parseSubnet } from "../cluster/subnet.ts";
import { FailureError } from "../failure.ts";
import {
  clusterRecordFile,
  readClusterRecord,
  readClusterRecords,
  refuseOthersCluster,
} from "./cluster-record.ts";
import { withLock } from "../state/lock.ts";
import type { Clock } from "../system/clock.ts";
import { writeRecord } from "./record-file.ts";

/** A network of the host that a cluster's subnet must not meet. */
export interface HostNetwork {
  /** IPv4 CIDR. */
  readonly subnet: string;
  /** What it is, for a message: `route on eth0`. */
  readonly by: string;
}

/** Where clusters of one provider meet each other and the host. */
export interface SubnetSurroundings {
  /** Directory with one directory for each cluster of the provider. */
  readonly clusters: string;
  /** Those that are not the cluster's own. */
  readonly hostNetworks: () => Promise<readonly HostNetwork[]>;
  readonly warn: (text: string) => void;
  readonly clock: Clock;
}

/**
 * The cluster with the subnet it has, or can have on this host: one that nobody chose gives way to the next free one.
 * @throws FailureError `name-taken`, `subnet-taken`, `usage` for a subnet that differs from the one it has.
 */
export async function settleCluster(surroundings: SubnetSurroundings, cluster: Cluster): Promise<Cluster> {
  const { clusters } = surroundings;
  const record = await readClusterRecord(clusters, cluster.name);
  if (record === undefined) return settleNewCluster(surroundings, cluster);
  await refuseOthersCluster(clusters, cluster);
  if (cluster.subnetChosen && cluster.subnet !== record.subnet) throw subnetMoved(cluster, record.subnet);
  return withSubnet(cluster, record.subnet);
}

/** As `settleCluster`, and the name and the subnet are the cluster's from now on. One after the other on a host; that takes a moment, so that nobody is told of the wait. */
export function claimCluster(
  surroundings: SubnetSurroundings,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Cluster> {
  const { clock } = surroundings;
  const lock = { name: "subnets", clock, signal, onWait: () => undefined };
  return withLock(lock, () => claimFreeSubnet(surroundings, cluster));
}

async function claimFreeSubnet(surroundings: SubnetSurroundings, cluster: Cluster): Promise<Cluster> {
  const settled = await settleCluster(surroundings, cluster);
  const { clusters } = surroundings;
  const { name, subnet, owner = null } = settled;
  if ((await readClusterRecord(clusters, name)) === undefined) {
    const file = clusterRecordFile(clusters, name);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeRecord(file, { schemaVersion: 1, subnet, owner });
  }
  return settled;
}

async function settleNewCluster(surroundings: SubnetSurroundings, cluster: Cluster): Promise<Cluster> {
  const { clusters, hostNetworks, warn } = surroundings;
  const records = await readClusterRecords(clusters);
  const others = [...records].map(([name, { subnet }]) => ({ subnet, by: `cluster ${name}` }));
  const taken = [...others, ...(await hostNetworks())];
  const blocker = taken.find(({ subnet }) => meet(subnet, cluster.subnet));
  if (blocker === undefined) return cluster;
  const by = `${blocker.by} (${blocker.subnet})`;
  const free = cluster.subnetChosen ? undefined : freeSubnetBeside(cluster, taken);
  if (free === undefined) throw new FailureError({ kind: "subnet-taken", subnet: cluster.subnet, by });
  warn(`${cluster.subnet} is taken by ${by}; the machines get ${free}.`);
  return withSubnet(cluster, free);
}

function freeSubnetBeside(cluster: Cluster, taken: readonly HostNetwork[]): string | undefined {
  return freeSubnet([...taken.map(({ subnet }) => subnet), ...dockerRangesOf(cluster)]);
}

function meet(a: string, b: string): boolean {
  const [first, second] = [parseSubnet(a), parseSubnet(b)];
  return first !== undefined && second !== undefined && overlaps(first, second);
}

function subnetMoved(cluster: Cluster, subnet: string): FailureError {
  return new FailureError({
    kind: "usage",
    message: `the cluster ${cluster.name} exists with subnet ${subnet}, and swarmlab.yaml asks for ${cluster.subnet}`,
    remedy: `Put subnet: ${subnet} back, or run swarmlab destroy first: the addresses of a cluster never change.`,
  });
}
