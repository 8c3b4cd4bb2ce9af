import type { Cluster, MachineSpec } from "../cluster/cluster.ts";
import type { Problem } from "../failure.ts";
import type { NodeView, Observed } from "./membership.ts";
import { ourSwarm } from "./our-swarm.ts";

/** What about the swarm is not as the cluster asks; machines that were not observed are left out. */
export function swarmProblems(cluster: Cluster, observed: Observed): readonly Problem[] {
  const swarm = ourSwarm(cluster, observed);
  return cluster.machines.flatMap((machine) => {
    const membership = observed.memberships.get(machine.name);
    if (!membership) return [];
    const isIn = membership.state === "active";
    const node = isIn ? swarm?.nodes.find(({ id }) => id === membership.nodeId) : undefined;
    return node
      ? faultsOf(machine, node).map((what) => problem(machine, what))
      : [problem(machine, `it is not in the swarm; its daemon is ${membership.state}`)];
  });
}

function faultsOf(machine: MachineSpec, node: NodeView): readonly string[] {
  const wrongLabels = Object.entries(machine.labels).filter(([key, value]) => node.labels[key] !== value);
  return [
    ...(node.state === "ready" ? [] : [`its node is ${node.state}, not ready`]),
    ...(node.addr === machine.address ? [] : [`the swarm knows it as ${node.addr}, not ${machine.address}`]),
    ...(node.role === machine.role ? [] : [`its node is a ${node.role}, not a ${machine.role}`]),
    ...(node.role === "worker" || node.reachability === "reachable"
      ? []
      : ["the other managers do not reach it"]),
    ...wrongLabels.map(([key, value]) => `its node lacks the label ${key}=${value}`),
  ];
}

const problem = ({ name, address }: MachineSpec, what: string): Problem => ({
  severity: "error",
  where: name,
  what,
  remedy: `Run \`swarmlab up\` again; ports 2377/tcp, 7946/tcp and 7946/udp of ${address} must be open to the other machines.`,
});
