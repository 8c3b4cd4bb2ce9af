import type { Cluster } from "../cluster/cluster.ts";
import type { NodeView, Observed, SwarmView } from "./membership.ts";
import { ourSwarm } from "./our-swarm.ts";
import { swarmProblems } from "./swarm-problems.ts";

/** `swarm` of `status --json`. */
export interface SwarmSummary {
  /** Null while there is no swarm of this cluster, or none that has a leader. */
  readonly id: string | null;
  readonly managers: number;
  readonly workers: number;
  /** Nodes of either role that are ready. */
  readonly ready: number;
  /** Every machine of the cluster is in the swarm as asked. */
  readonly healthy: boolean;
}

/** `swarm` of one machine in `status --json`. What is not known is null. */
export interface MachineSwarmStatus {
  /** The daemon's own word: `inactive`, `pending`, `active`, `error`, `locked`. */
  readonly state: string;
  readonly nodeId: string | null;
  readonly role: string | null;
  readonly availability: string | null;
  readonly status: string | null;
  readonly leader: boolean | null;
}

/** The swarm in the words of `status --json`. Machines that were not observed have no entry, and make it unhealthy. */
export function swarmStatus(
  cluster: Cluster,
  observed: Observed,
): { readonly swarm: SwarmSummary; readonly machines: ReadonlyMap<string, MachineSwarmStatus> } {
  const swarm = ourSwarm(cluster, observed);
  const machines = [...observed.memberships].map(([name, { state, nodeId }]) => {
    const node = swarm?.nodes.find(({ id }) => id === nodeId);
    return [name, { state, nodeId: nodeId === "" ? null : nodeId, ...nodeStatus(node) }] as const;
  });
  return { swarm: summaryOf({ cluster, observed, swarm }), machines: new Map(machines) };
}

const nodeStatus = (node: NodeView | undefined): Omit<MachineSwarmStatus, "state" | "nodeId"> => ({
  role: node?.role ?? null,
  availability: node?.availability ?? null,
  status: node?.state ?? null,
  leader: node?.leader ?? null,
});

function summaryOf(its: {
  readonly cluster: Cluster;
  readonly observed: Observed;
  readonly swarm: SwarmView | undefined;
}): SwarmSummary {
  const nodes = its.swarm?.nodes ?? [];
  const managers = nodes.filter(({ role }) => role === "manager").length;
  return {
    id: its.swarm?.clusterId ?? null,
    managers,
    workers: nodes.length - managers,
    ready: nodes.filter(({ state }) => state === "ready").length,
    healthy:
      its.cluster.machines.every(({ name }) => its.observed.memberships.has(name)) &&
      swarmProblems(its.cluster, its.observed).length === 0,
  };
}
