import type { Cluster } from "../cluster/cluster.ts";
import { fail, ok, type Failure, type Result } from "../failure.ts";
import { ownerOf } from "./find-ghosts.ts";
import type { NodeView, Observed } from "./membership.ts";
import { ourSwarm } from "./our-swarm.ts";
import { quorumLost, rememberedManagers } from "./plan-quorum.ts";
import type { SwarmAction } from "./swarm-action.ts";

/** Machines that shall go. */
export interface RemovalWish {
  /** With the machines that shall go. */
  readonly cluster: Cluster;
  readonly observed: Observed;
  /** Machines that exist and do not answer. */
  readonly silent: readonly string[];
  readonly names: readonly string[];
}

/**
 * The actions that take machines out of the swarm, in their order: dead ones first, for they count for the quorum; then the living ones are
 * demoted, drained and leave. None where there is no swarm.
 * Fails with `quorum-at-risk` for the last manager and where the managers that remain would be no majority, `quorum-lost`, `swarm-locked`, and
 * `not-running` when no manager answers.
 */
export function planRemoval(wish: RemovalWish): Result<readonly SwarmAction[]> {
  const { cluster, observed } = wish;
  if (remainingManagers(wish).length === 0)
    return fail({ kind: "quorum-at-risk", machines: wish.names, remaining: [], reachable: [] });
  const swarm = ourSwarm(cluster, observed);
  if (swarm === undefined) {
    const obstacle = obstacleOf(wish);
    return obstacle === undefined ? ok([]) : fail(obstacle);
  }
  const entries = entriesOf(wish, swarm.nodes);
  const risk = riskOf(wish, swarm.nodes, entries);
  return risk === undefined ? ok(actionsFor(entries)) : fail(risk);
}

/** A node of a machine that shall go. */
interface Entry {
  readonly machine: string;
  readonly node: NodeView;
  /** Its daemon answers and is this node. */
  readonly isAlive: boolean;
}

const remainingManagers = ({ cluster, names }: RemovalWish): readonly string[] =>
  cluster.machines
    .filter(({ name, role }) => role === "manager" && !names.includes(name))
    .map(({ name }) => name);

/** There may be no swarm yet; but one that nobody can tell of keeps what is not taken out of it. */
function obstacleOf(wish: RemovalWish): Failure | undefined {
  const { observed, silent } = wish;
  const leaderless = [...observed.silentManagers.keys()];
  if (leaderless.length > 0) return quorumLost(leaderless, rememberedManagers(observed).size);
  const locked = [...observed.memberships]
    .filter(([, { state }]) => state === "locked")
    .map(([name]) => name);
  if (locked.length > 0) return { kind: "swarm-locked", machines: locked };
  const machine = remainingManagers(wish).find((name) => silent.includes(name));
  return machine === undefined ? undefined : { kind: "not-running", machine, state: "out of reach" };
}

function entriesOf({ cluster, observed, names }: RemovalWish, nodes: readonly NodeView[]): readonly Entry[] {
  return nodes.flatMap((node) => {
    const machine = ownerOf({ cluster, observed }, node)?.name;
    if (machine === undefined || !names.includes(machine)) return [];
    const membership = observed.memberships.get(machine);
    return [{ machine, node, isAlive: membership?.state === "active" && membership.nodeId === node.id }];
  });
}

/** A swarm works while more than half of its managers answer. */
function riskOf(
  { names, cluster, observed }: RemovalWish,
  nodes: readonly NodeView[],
  entries: readonly Entry[],
): Failure | undefined {
  if (!entries.some(({ node }) => node.role === "manager")) return undefined;
  const going = new Set(entries.map(({ node }) => node.id));
  const remaining = nodes.filter(({ id, role }) => role === "manager" && !going.has(id));
  const reachable = remaining.filter(({ reachability }) => reachability === "reachable");
  if (reachable.length * 2 > remaining.length) return undefined;
  const namesOf = (managers: readonly NodeView[]): readonly string[] =>
    managers.map((node) => ownerOf({ cluster, observed }, node)?.name ?? node.hostname);
  return {
    kind: "quorum-at-risk",
    machines: names,
    remaining: namesOf(remaining),
    reachable: namesOf(reachable),
  };
}

function actionsFor(entries: readonly Entry[]): readonly SwarmAction[] {
  const reason = "it shall go";
  const alive = entries.filter(({ isAlive }) => isAlive);
  const dead = entries.filter(({ isAlive }) => !isAlive);
  const managers = alive.filter(({ node }) => node.role === "manager");
  return [
    ...dead.map(({ machine, node: { id, role } }) =>
      removal({ machine, nodeId: id, role, reason: "it does not answer" }),
    ),
    ...managers.map(({ machine }): SwarmAction => ({ kind: "demote", machine, reason })),
    ...alive.map(({ machine }): SwarmAction => ({ kind: "drain", machine, reason })),
    ...alive.map(({ machine }): SwarmAction => ({ kind: "leave", machine, reason, force: true })),
    ...alive.map(({ machine, node }) => removal({ machine, nodeId: node.id, role: "worker", reason })),
  ];
}

const removal = (its: Omit<Extract<SwarmAction, { kind: "remove-node" }>, "kind">): SwarmAction => ({
  kind: "remove-node",
  ...its,
});
