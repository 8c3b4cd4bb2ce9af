import type { MachineSpec } from "../cluster/cluster.ts";
import { findGhosts } from "./find-ghosts.ts";
import type { NodeView } from "./membership.ts";
import { clusterLabel } from "./our-swarm.ts";
import type { Situation } from "./situation.ts";
import type { SwarmAction } from "./swarm-action.ts";

/** The changes in their order: leave, clean up, init, managers one by one, workers, roles, labels. */
export function planChanges(situation: Situation): readonly SwarmAction[] {
  const joining = joinersOf(situation);
  const first = situation.swarm ? undefined : joining.find(({ role }) => role === "manager");
  const joins = joining.filter((machine) => machine !== first).map(join);
  const ghosts = findGhosts(situation, new Set(joining));
  const moves = planMoves(situation, new Set(ghosts.map(({ nodeId }) => nodeId)));
  const newcomers = new Set([
    ...joining.map(({ name }) => name),
    ...moves.renewals.map(({ machine }) => machine),
  ]);
  return [
    ...planLeaves(situation),
    // Dead managers count for the quorum until they are removed: before any living one is touched.
    ...ghosts,
    ...moves.inPlace,
    ...(first ? [init(first)] : []),
    ...membersOf(situation).flatMap(promotion),
    ...moves.renewals,
    ...joins.filter(({ role }) => role === "manager"),
    ...joins.filter(({ role }) => role === "worker"),
    ...planDemotions(situation, [...ghosts, ...moves.inPlace, ...joins, ...moves.renewals]),
    ...planSwarmLabel(situation),
    ...planLabels(situation, newcomers),
  ];
}

/** Everyone who is in no swarm after the leaves. */
function joinersOf({ standings }: Situation): readonly MachineSpec[] {
  return [...standings].flatMap(([machine, standing]) => {
    switch (standing.kind) {
      case "outside":
      case "stale":
      case "foreign":
      case "locked":
        return [machine];
      case "member":
      case "moved-manager":
      case "silent":
        return [];
    }
  });
}

function planLeaves({ standings }: Situation): readonly SwarmAction[] {
  return [...standings].flatMap(([{ name }, standing]) => {
    if (standing.kind === "stale") return [leave(name, standing.why, standing.force)];
    if (standing.kind === "foreign") return [leave(name, standing.why, true)];
    return standing.kind === "locked"
      ? [leave(name, "its swarm is locked and the key is not known", true)]
      : [];
  });
}

interface Moves {
  /** A sole manager gets its new address and keeps the swarm. */
  readonly inPlace: readonly SwarmAction[];
  /** Other managers come back as new nodes, one after another. */
  readonly renewals: readonly SwarmAction[];
}

/** One manager has to stay while others are renewed; where all have moved, the first keeps the swarm, and the others come back to it. */
function planMoves({ swarm, standings }: Situation, ghosts: ReadonlySet<string>): Moves {
  const moved = [...standings].flatMap(([machine, standing]) =>
    standing.kind === "moved-manager" ? [{ machine, node: standing.node }] : [],
  );
  const movedIds = new Set(moved.map(({ node }) => node.id));
  const managers = (swarm?.nodes ?? []).filter(({ id, role }) => role === "manager" && !ghosts.has(id));
  const staying = managers.filter(({ id }) => !movedIds.has(id));
  const [first, ...others] = moved;
  if (first && staying.length === 0) {
    return { inPlace: [...others.flatMap(retire), forceNewCluster(first)], renewals: others.map(comeBack) };
  }
  const renewed = staying.some(isReachableManager) ? moved : others;
  return { inPlace: [], renewals: renewed.flatMap((one) => [...retire(one), comeBack(one)]) };
}

interface Moved {
  readonly machine: MachineSpec;
  readonly node: NodeView;
}

function retire({ machine, node }: Moved): readonly SwarmAction[] {
  const reason = moveReason({ machine, node });
  return [
    { kind: "demote", machine: machine.name, reason },
    leave(machine.name, reason, false),
    { kind: "remove-node", machine: machine.name, reason, nodeId: node.id, role: "worker" },
  ];
}

const comeBack = (moved: Moved): SwarmAction => ({ ...join(moved.machine), reason: moveReason(moved) });

const forceNewCluster = (moved: Moved): SwarmAction => ({
  kind: "force-new-cluster",
  machine: moved.machine.name,
  reason: moveReason(moved),
});

const moveReason = ({ machine, node }: Moved): string =>
  `the swarm knows it as ${node.addr}, not ${machine.address}`;

function membersOf({ standings }: Situation): readonly Moved[] {
  return [...standings].flatMap(([machine, standing]) =>
    standing.kind === "member" ? [{ machine, node: standing.node }] : [],
  );
}

function promotion({ machine, node }: Moved): readonly SwarmAction[] {
  return machine.role === "manager" && node.role === "worker"
    ? [{ kind: "promote", machine: machine.name, reason: "it is a worker and shall be a manager" }]
    : [];
}

/** The last manager within reach is never demoted, whatever the cluster asks. */
function planDemotions(situation: Situation, before: readonly SwarmAction[]): readonly SwarmAction[] {
  const members = membersOf(situation);
  const surplus = members.filter(({ machine, node }) => machine.role === "worker" && node.role === "manager");
  const goes = new Set([
    ...before.flatMap((action) => (action.kind === "remove-node" ? [action.nodeId] : [])),
    ...surplus.map(({ node }) => node.id),
  ]);
  const oneStays =
    before.some((action) => action.kind === "join" && action.role === "manager") ||
    members.some(({ machine }) => machine.role === "manager") ||
    situation.swarm?.nodes.some((node) => isReachableManager(node) && !goes.has(node.id));
  return (oneStays ? surplus : surplus.slice(1)).map(({ machine }) => ({
    kind: "demote",
    machine: machine.name,
    reason: "it is a manager and shall be a worker",
  }));
}

const isReachableManager = ({ role, reachability }: NodeView): boolean =>
  role === "manager" && reachability !== "unreachable";

function planSwarmLabel({ cluster, swarm, standings }: Situation): readonly SwarmAction[] {
  const [first] = standings.keys();
  return swarm && first && swarm.labels[clusterLabel] === undefined
    ? [{ kind: "label-swarm", machine: first.name, reason: `it consists of the machines of ${cluster.name}` }]
    : [];
}

function planLabels(situation: Situation, newcomers: ReadonlySet<string>): readonly SwarmAction[] {
  return [...situation.standings].flatMap(([machine, standing]) => {
    if (newcomers.has(machine.name)) return wantedLabels(machine, {});
    return standing.kind === "member" || standing.kind === "moved-manager"
      ? wantedLabels(machine, standing.node.labels)
      : [];
  });
}

function wantedLabels(
  { name, labels }: MachineSpec,
  present: Readonly<Record<string, string>>,
): readonly SwarmAction[] {
  const missing = Object.entries(labels).filter(([key, value]) => present[key] !== value);
  if (missing.length === 0) return [];
  const reason = `its label ${missing.map(([key]) => key).join(", ")} is not as wanted`;
  return [{ kind: "update-node", machine: name, reason, labels: Object.fromEntries(missing) }];
}

const leave = (machine: string, reason: string, force: boolean): SwarmAction => ({
  kind: "leave",
  machine,
  reason,
  force,
});

const init = ({ name }: MachineSpec): SwarmAction => ({
  kind: "init",
  machine: name,
  reason: "the cluster has no swarm yet",
});

const join = ({ name, role }: MachineSpec): Extract<SwarmAction, { kind: "join" }> => ({
  kind: "join",
  machine: name,
  reason: "it is not in the swarm",
  role,
});
