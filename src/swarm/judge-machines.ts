import type { Cluster, MachineSpec } from "../cluster/cluster.ts";
import type { EngineSwarmInfo } from "../docker/engine.ts";
import type { NodeView, Observed, SwarmView } from "./membership.ts";
import { hostOf, isExpired } from "./parse-swarm.ts";

/** How a machine stands to the swarm of its cluster. */
export type Standing =
  /** In no swarm. */
  | { readonly kind: "outside" }
  /** A member at the right address, under this entry. */
  | { readonly kind: "member"; readonly node: NodeView }
  /** A manager whose entry has another address than the machine. */
  | { readonly kind: "moved-manager"; readonly node: NodeView }
  /** Has to leave what it is in, and to join. `force`: the daemon must not object. */
  | { readonly kind: "stale"; readonly force: boolean; readonly why: string }
  /** In a swarm that is not this one, or a second one of this cluster. */
  | { readonly kind: "foreign"; readonly why: string }
  /** Its swarm needs the unlock key. */
  | { readonly kind: "locked" }
  /** A manager that finds no leader, of a swarm made of this cluster's machines. */
  | { readonly kind: "silent" };

/** Everything a judgement rests on; `swarm` is the cluster's own, if there is one. */
export interface Evidence {
  readonly cluster: Cluster;
  readonly observed: Observed;
  readonly swarm: SwarmView | undefined;
}

/** How each observed machine stands, in the order of the machines. */
export function judgeMachines(evidence: Evidence): ReadonlyMap<MachineSpec, Standing> {
  return new Map(
    evidence.cluster.machines.flatMap((machine) => {
      const membership = evidence.observed.memberships.get(machine.name);
      return membership ? [[machine, judge({ ...evidence, machine, membership })] as const] : [];
    }),
  );
}

interface Case extends Evidence {
  readonly machine: MachineSpec;
  readonly membership: EngineSwarmInfo;
}

function judge(its: Case): Standing {
  const { state } = its.membership;
  switch (state) {
    case "inactive":
      return { kind: "outside" };
    case "locked":
      return { kind: "locked" };
    case "pending":
    case "error":
      return knowsOnlyOurManagers(its)
        ? {
            kind: "stale",
            force: true,
            why: whyNotIn(its.membership),
          }
        : { kind: "foreign", why: "it is on its way into a swarm of other machines" };
    case "active":
      return judgeActive(its);
  }
}

function whyNotIn({ state, error }: EngineSwarmInfo): string {
  if (error === "") return `its join is ${state}`;
  return isExpired(error) ? "its certificate in the swarm has ended" : `its daemon says: ${error}`;
}

function judgeActive(its: Case): Standing {
  const node = its.swarm?.nodes.find(({ id }) => id === its.membership.nodeId);
  if (node) return judgeMember(its, node);
  if (its.observed.silentManagers.has(its.machine.name)) return judgeSilent(its);
  const other = its.observed.swarms.find((swarm) => hasNode(swarm, its.membership.nodeId));
  if (other) return { kind: "foreign", why: `it is in the swarm ${other.clusterId}` };
  if (its.membership.controlAvailable) return { kind: "foreign", why: "it is a manager of another swarm" };
  return knowsOnlyOurManagers(its) || knowsOneOfOurs(its)
    ? { kind: "stale", force: false, why: "the swarm does not know its node any more" }
    : { kind: "foreign", why: `it follows a manager at ${managerHosts(its).join(", ")}` };
}

/** Without a leader nobody can tell whose swarm it is; one that spans other machines, or stands beside ours, is taken as foreign. */
function judgeSilent(its: Case): Standing {
  return its.swarm === undefined && knowsOnlyOurManagers(its)
    ? { kind: "silent" }
    : { kind: "foreign", why: "it is a manager of another swarm, which has no leader" };
}

function judgeMember(its: Case, node: NodeView): Standing {
  const sharers = sharersOf(its, node);
  if (sharers.length > 0) {
    return { kind: "stale", force: true, why: `it has the same node ID as ${sharers.join(" and ")}` };
  }
  if (node.role === "worker" && its.observed.silentManagers.has(its.machine.name)) {
    return { kind: "stale", force: true, why: "it still looks for managers that are gone" };
  }
  if (node.addr !== "" && node.addr !== its.machine.address) {
    return node.role === "manager"
      ? { kind: "moved-manager", node }
      : {
          kind: "stale",
          force: false,
          why: `the swarm knows it as ${node.addr}, not ${its.machine.address}`,
        };
  }
  return node.state === "down" && node.role === "worker" && !followsAManager(its)
    ? { kind: "stale", force: false, why: `its manager is not at ${managerHosts(its).join(", ")} any more` }
    : { kind: "member", node };
}

/**
 * Of the machines with this node's ID the one that is the node: of managers the one at its address, else the first. Of workers none is: the
 * managers talk now to one of them and now to the other, and what is left of the node's networks on either is not whole.
 */
function sharersOf(its: Case, node: NodeView): readonly string[] {
  const claimants = its.cluster.machines.filter(({ name }) => {
    const membership = its.observed.memberships.get(name);
    return membership?.state === "active" && membership.nodeId === node.id;
  });
  const keeper =
    node.role === "worker" && claimants.length > 1
      ? undefined
      : (claimants.find(({ address }) => address === node.addr) ?? claimants[0]);
  return keeper?.name === its.machine.name
    ? []
    : claimants.map(({ name }) => name).filter((name) => name !== its.machine.name);
}

function followsAManager(its: Case): boolean {
  const known = managerHosts(its);
  const managers = its.swarm?.nodes.filter(({ role }) => role === "manager") ?? [];
  return known.length === 0 || managers.some(({ addr }) => known.includes(addr));
}

function knowsOnlyOurManagers(its: Case): boolean {
  const own = new Set(its.cluster.machines.map(({ address }) => address));
  return managerHosts(its).every((host) => own.has(host));
}

/** Wherever its managers are: the ID of a node is in one swarm only. */
function knowsOneOfOurs({ swarm, membership }: Case): boolean {
  return swarm !== undefined && membership.remoteManagers.some(({ nodeId }) => hasNode(swarm, nodeId));
}

const managerHosts = (its: Case): readonly string[] =>
  its.membership.remoteManagers.map(({ addr }) => hostOf(addr));

const hasNode = (swarm: SwarmView, nodeId: string): boolean => swarm.nodes.some(({ id }) => id === nodeId);
