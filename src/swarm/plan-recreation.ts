import type { Cluster } from "../cluster/cluster.ts";
import { fail, ok, type Result } from "../failure.ts";
import { judgeMachines } from "./judge-machines.ts";
import type { NodeView, Observed } from "./membership.ts";
import { ourSwarm } from "./our-swarm.ts";
import { lostQuorum } from "./plan-quorum.ts";
import type { SwarmAction } from "./swarm-action.ts";

/**
 * What the swarm has to go through before machines are taken away to be made anew: those of them that are managers leave the group of managers
 * first, so that the others keep their majority. Workers' entries go when the new machines join. `observed`: all machines but these.
 * Fails with `quorum-lost` where one of them may hold what is left of the swarm; `force` allows it all the same.
 */
export function planRecreation(wish: {
  readonly cluster: Cluster;
  readonly observed: Observed;
  readonly names: ReadonlySet<string>;
  readonly force: boolean;
}): Result<readonly SwarmAction[]> {
  const { cluster, observed, names } = wish;
  const swarm = ourSwarm(cluster, observed);
  const managers = cluster.machines.filter(({ role }) => role === "manager");
  const lost = managers.filter(({ name }) => names.has(name));
  if (swarm === undefined) {
    if (lost.length === 0 || wish.force) return ok([]);
    const standings = judgeMachines({ cluster, observed, swarm });
    const { reachable } = lostQuorum({ observed, swarm, standings }) ?? { reachable: [] };
    const needed = Math.floor(managers.length / 2) + 1;
    return fail({ kind: "quorum-lost", reachable, needed, managers: managers.length });
  }
  const gone = cluster.machines.filter(({ name }) => names.has(name));
  return ok(
    gone.flatMap(({ name, address }) =>
      swarm.nodes.filter((node) => isManagerAt(node, { name, address })).map(({ id }) => removal(name, id)),
    ),
  );
}

const isManagerAt = (node: NodeView, at: { readonly name: string; readonly address: string }): boolean =>
  node.role === "manager" && (node.hostname === at.name || node.addr === at.address);

const removal = (machine: string, nodeId: string): SwarmAction => ({
  kind: "remove-node",
  machine,
  reason: "its machine is made anew",
  nodeId,
  role: "manager",
});
