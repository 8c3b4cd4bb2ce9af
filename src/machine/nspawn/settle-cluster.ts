import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { dockerRanges } from "../../cluster/docker-ranges.ts";
import { withSubnet } from "../../cluster/extend.ts";
import { formatSubnet, freeSubnet, overlaps, parseSubnet } from "../../cluster/subnet.ts";
import { FailureError } from "../../failure.ts";
import { pathExists } from "../../system/files.ts";
import { clusterLayout } from "./layout.ts";
import { findHostNetworks, type HostNetwork } from "./network.ts";
import type { NspawnHost } from "./nspawn-host.ts";
import { readClusterRecord, readClusterRecords } from "./records.ts";

/**
 * The cluster with the subnet it has, or can have on this host: one that nobody chose gives way to the next free one.
 * @throws FailureError `name-taken`, `subnet-taken`, `usage` for a subnet that differs from the one it has.
 */
export async function settleCluster(host: NspawnHost, cluster: Cluster): Promise<Cluster> {
  const record = await readClusterRecord(host.home, cluster.name);
  if (record === undefined) return settleNewCluster(host, cluster);
  await refuseOthersCluster(host, cluster);
  if (cluster.subnetChosen && cluster.subnet !== record.subnet) throw subnetMoved(cluster, record.subnet);
  return withSubnet(cluster, record.subnet);
}

/**
 * The name of a cluster is unique on a host; an owner that no longer exists owns nothing.
 * @throws FailureError `name-taken`
 */
export async function refuseOthersCluster({ home }: NspawnHost, cluster: Cluster): Promise<void> {
  const record = await readClusterRecord(home, cluster.name);
  if (record === undefined || record.owner === (cluster.owner ?? null)) return;
  if (record.owner === null) throw new FailureError({ kind: "name-taken", cluster: cluster.name });
  const exists = await pathExists(join(record.owner, "swarmlab.yaml"));
  if (exists) throw new FailureError({ kind: "name-taken", cluster: cluster.name, owner: record.owner });
}

async function settleNewCluster(host: NspawnHost, cluster: Cluster): Promise<Cluster> {
  const { bridge } = clusterLayout(host.home, cluster.name);
  const clusters = await readClusterRecords(host.home);
  const others = [...clusters].map(([name, { subnet }]) => ({ subnet, by: `cluster ${name}` }));
  const taken = [...others, ...(await findHostNetworks(host.processes, bridge))];
  const blocker = taken.find(({ subnet }) => meet(subnet, cluster.subnet));
  if (blocker === undefined) return cluster;
  const by = `${blocker.by} (${blocker.subnet})`;
  const free = cluster.subnetChosen ? undefined : freeSubnetBeside(cluster, taken);
  if (free === undefined) throw new FailureError({ kind: "subnet-taken", subnet: cluster.subnet, by });
  host.warn(`${cluster.subnet} is taken by ${by}; the machines get ${free}.`);
  return withSubnet(cluster, free);
}

function freeSubnetBeside(cluster: Cluster, taken: readonly HostNetwork[]): string | undefined {
  const daemon = cluster.machines[0]?.daemon ?? {};
  const docker = dockerRanges({ addressPools: cluster.swarm.addressPools, daemon });
  return freeSubnet([
    ...taken.map(({ subnet }) => subnet),
    ...docker.map(({ subnet }) => formatSubnet(subnet)),
  ]);
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
