import type { MachineSpec } from "../cluster/cluster.ts";
import type { NodeView } from "./membership.ts";
import type { Situation } from "./situation.ts";
import type { SwarmAction } from "./swarm-action.ts";

/**
 * The entries that machines of the cluster left behind in its swarm, or leave behind when they rejoin.
 * Entries of machines out of reach, and of machines that are not in the cluster, are no ghosts.
 */
export function findGhosts(
  situation: Pick<Situation, "cluster" | "observed" | "swarm" | "standings">,
  joining: ReadonlySet<MachineSpec>,
): readonly Extract<SwarmAction, { kind: "remove-node" }>[] {
  const living = new Set(
    [...situation.standings.values()].flatMap((standing) => ("node" in standing ? [standing.node.id] : [])),
  );
  return (situation.swarm?.nodes ?? []).flatMap((node) => {
    const owner = living.has(node.id) ? undefined : ownerOf(situation, node);
    return owner && isLeftBehind({ ...situation, node, owner, joining }) ? [removal(node, owner)] : [];
  });
}

/** The machine that the entry is about: by node ID, by host name unless that is its owner's choice, by address. */
export function ownerOf(
  { cluster, observed }: Pick<Situation, "cluster" | "observed">,
  node: NodeView,
): MachineSpec | undefined {
  const { machines, hosts } = cluster;
  return (
    machines.find(({ name }) => observed.memberships.get(name)?.nodeId === node.id) ??
    machines.find(({ name }) => hosts === undefined && name === node.hostname) ??
    machines.find(({ address }) => address === node.addr)
  );
}

/** An entry goes `down` some 14 s after its daemon left, so one with both name and address of a machine counts before that. */
function isLeftBehind(its: {
  readonly observed: Situation["observed"];
  readonly standings: Situation["standings"];
  readonly node: NodeView;
  readonly owner: MachineSpec;
  readonly joining: ReadonlySet<MachineSpec>;
}): boolean {
  const { node, owner } = its;
  const isAnswered = its.joining.has(owner) || "node" in (its.standings.get(owner) ?? {});
  const isItsOwn = its.observed.memberships.get(owner.name)?.nodeId === node.id;
  const isTwin = node.hostname === owner.name && node.addr === owner.address;
  return isAnswered && (isItsOwn || isTwin || node.state === "down");
}

const removal = (
  { id, role, state }: NodeView,
  { name }: MachineSpec,
): Extract<SwarmAction, { kind: "remove-node" }> => ({
  kind: "remove-node",
  machine: name,
  reason: state === "down" ? `its old entry ${id} is down` : `its old entry ${id} is not in use any more`,
  nodeId: id,
  role,
});
