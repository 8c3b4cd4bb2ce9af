import type { Failure } from "../failure.ts";
import type { MachineSpec } from "../cluster/cluster.ts";
import type { Standing } from "./judge-machines.ts";
import type { NodeView, Observed } from "./membership.ts";
import type { Situation } from "./situation.ts";
import type { SwarmAction } from "./swarm-action.ts";

export type LostQuorum = Extract<Failure, { readonly kind: "quorum-lost" }>;

/**
 * The failure of a swarm that too few managers are left of, or whose last manager cannot open its state; undefined: there is none.
 * Machines that could be started run, so that those missing have lost what they had of it.
 */
export function lostQuorum(
  situation: Pick<Situation, "observed" | "swarm" | "standings">,
): LostQuorum | undefined {
  const { observed, swarm, standings } = situation;
  const silent = silentOf(standings).map(({ name }) => name);
  if (silent.length > 0) return quorumLost(silent, rememberedManagers(observed).size);
  const shut = swarm === undefined ? shutManagers(situation) : [];
  return shut.length > 0 ? quorumLost([], shut.length) : undefined;
}

/**
 * The same swarm again with one of the managers that are left of it; none where none is left, and the machines get a new one.
 * All others are judged anew once it has a leader: workers follow it, managers of before come back as new ones.
 */
export function planRevival(
  standings: ReadonlyMap<MachineSpec, Standing>,
  { managers, reachable }: LostQuorum,
): readonly SwarmAction[] {
  const silent = silentOf(standings);
  const first = silent.find(({ role }) => role === "manager") ?? silent[0];
  if (first === undefined) return [];
  const lost = `${managers - reachable.length} of ${managers} managers are lost for good`;
  return [
    {
      kind: "force-new-cluster",
      machine: first.name,
      reason: `${lost}; services, networks, secrets and configs are kept, and the other managers come back as new ones`,
    },
  ];
}

export const quorumLost = (reachable: readonly string[], managers: number): LostQuorum => ({
  kind: "quorum-lost",
  reachable,
  needed: Math.floor(managers / 2) + 1,
  managers,
});

/** Whether the leader that told these reaches no majority of the managers: it is about to step down. */
export function isLeftAlone(nodes: readonly NodeView[]): boolean {
  const managers = nodes.filter(({ reachability }) => reachability !== undefined);
  const lost = managers.filter(({ reachability }) => reachability === "unreachable");
  return managers.length > 0 && lost.length * 2 >= managers.length;
}

/** Node IDs of the managers that those remember that find no leader. */
export function rememberedManagers({ memberships, silentManagers }: Observed): ReadonlySet<string> {
  const ids = [...silentManagers.keys()].flatMap((name) => {
    const membership = memberships.get(name);
    return membership ? [membership.nodeId, ...membership.remoteManagers.map(({ nodeId }) => nodeId)] : [];
  });
  return new Set(ids);
}

/** A manager's daemon that cannot open its state may hold the only copy of the swarm: leaving erases it. */
function shutManagers({ observed, standings }: Pick<Situation, "observed" | "standings">): readonly string[] {
  return [...standings].flatMap(([{ name, role }, { kind }]) =>
    role === "manager" && kind === "stale" && observed.memberships.get(name)?.state === "error" ? [name] : [],
  );
}

const silentOf = (standings: ReadonlyMap<MachineSpec, Standing>): readonly MachineSpec[] =>
  [...standings].flatMap(([machine, { kind }]) => (kind === "silent" ? [machine] : []));
