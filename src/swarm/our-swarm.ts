import type { Cluster } from "../cluster/cluster.ts";
import type { Observed, SwarmView } from "./membership.ts";

/** The label of a swarm's spec that names the cluster it was made for. */
export const clusterLabel = "swarmlab.cluster";

/** The swarm of this cluster. Of several it is the one with the most machines, then the one that the first manager is in. */
export function ourSwarm(cluster: Cluster, observed: Observed): SwarmView | undefined {
  const ours = observed.swarms.filter((swarm) => isOurs(cluster, swarm));
  return ours
    .map((swarm) => ({ swarm, members: membersOf({ cluster, observed, swarm }) }))
    .sort(
      (a, b) =>
        b.members.length - a.members.length || (a.members[0] ?? Infinity) - (b.members[0] ?? Infinity),
    )[0]?.swarm;
}

/**
 * True for a swarm with this cluster's label, and for one without any that consists of this cluster's machines alone: unless these were there
 * before the cluster was, and the swarm may be too.
 */
function isOurs(cluster: Cluster, swarm: SwarmView): boolean {
  const owner = swarm.labels[clusterLabel];
  if (owner !== undefined) return owner === cluster.name;
  if (cluster.hosts !== undefined) return false;
  return swarm.nodes.every((node) =>
    cluster.machines.some((machine) => machine.name === node.hostname && machine.address === node.addr),
  );
}

/** Positions of the machines that are in the swarm. */
function membersOf(from: {
  readonly cluster: Cluster;
  readonly observed: Observed;
  readonly swarm: SwarmView;
}): readonly number[] {
  const nodeIds = new Set(from.swarm.nodes.map((node) => node.id));
  return from.cluster.machines.flatMap((machine, index) => {
    const membership = from.observed.memberships.get(machine.name);
    return membership?.state === "active" && nodeIds.has(membership.nodeId) ? [index] : [];
  });
}
