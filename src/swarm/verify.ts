import type { Cluster, MachineSpec } from "../cluster/cluster.ts";
import { FailureError, type Problem } from "../failure.ts";
import type { Clock } from "../system/clock.ts";
import type { NodeView, Observed } from "./membership.ts";
import { observeOnce, type Engines } from "./observe.ts";
import { ourSwarm } from "./our-swarm.ts";

const timeoutMs = 60_000;
const intervalMs = 250;

/**
 * Waits until the node of every machine that has an engine is ready, at its address, in its role, with its labels; for 60 s at most.
 * @throws FailureError `verify` with what is not so.
 */
export async function verifySwarm(its: {
  readonly cluster: Cluster;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const startMs = its.clock.nowMs();
  for (;;) {
    const problems = swarmProblems(its.cluster, await observeOnce(its.engines, its.signal));
    if (problems.length === 0) return;
    if (its.clock.nowMs() - startMs >= timeoutMs) throw new FailureError({ kind: "verify", problems });
    await its.clock.sleep(intervalMs, its.signal);
  }
}

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
