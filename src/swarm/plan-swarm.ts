import type { Cluster, MachineSpec } from "../cluster/cluster.ts";
import { fail, ok, type Failure, type Result } from "../failure.ts";
import { judgeMachines, type Standing } from "./judge-machines.ts";
import { planChanges } from "./plan-changes.ts";
import { lostQuorum, planRevival } from "./plan-quorum.ts";
import type { Observed } from "./membership.ts";
import { ourSwarm } from "./our-swarm.ts";
import type { SwarmAction } from "./swarm-action.ts";

/**
 * The actions that bring the observed machines into one swarm as the cluster asks, in their order; none when all is so.
 * Some only show what is next once they are done: observe and plan again, five rounds at most.
 * `force` allows leaving swarms that are not this cluster's, and locked ones without a key. `revive` allows starting a swarm that lost its quorum
 * again from what is left of it.
 * Fails with `swarm-locked`, `quorum-lost`, `foreign-swarm`, and `not-running` when no manager is within reach.
 */
export function planSwarm(wish: {
  readonly cluster: Cluster;
  readonly observed: Observed;
  readonly force: boolean;
  readonly revive: boolean;
  readonly unlockKeyKnown: boolean;
}): Result<readonly SwarmAction[]> {
  const { cluster, observed } = wish;
  const swarm = ourSwarm(cluster, observed);
  const standings = judgeMachines({ cluster, observed, swarm });
  const locked = namesOf(standings, "locked");
  if (locked.length > 0 && !wish.unlockKeyKnown && !wish.force) {
    return fail({ kind: "swarm-locked", machines: locked });
  }
  // Whose swarm it is, and whether it has a leader, shows only when it is open.
  if (locked.length > 0 && wish.unlockKeyKnown) return ok(locked.map(unlock));
  const lost = lostQuorum({ observed, swarm, standings });
  if (lost && !wish.revive) return fail(lost);
  const revival = lost ? planRevival(standings, lost) : [];
  if (revival.length > 0) return ok(revival);
  const obstacle = obstacleOf({ ...wish, standings, isNew: swarm === undefined });
  if (obstacle) return fail(obstacle);
  return ok(planChanges({ cluster, observed, swarm, standings }));
}

const unlock = (machine: string): SwarmAction => ({ kind: "unlock", machine, reason: "its swarm is locked" });

function obstacleOf(its: {
  readonly cluster: Cluster;
  readonly force: boolean;
  readonly standings: ReadonlyMap<MachineSpec, Standing>;
  readonly isNew: boolean;
}): Failure | undefined {
  const foreign = namesOf(its.standings, "foreign");
  if (foreign.length > 0 && !its.force) {
    return { kind: "foreign-swarm", machines: foreign, why: whyForeign(its.standings) };
  }
  return its.isNew ? noManager(its.cluster, its.standings) : undefined;
}

function whyForeign(standings: ReadonlyMap<MachineSpec, Standing>): string {
  return [...standings]
    .flatMap(([{ name }, standing]) => (standing.kind === "foreign" ? [`${name}: ${standing.why}`] : []))
    .join("; ");
}

function noManager(cluster: Cluster, standings: ReadonlyMap<MachineSpec, Standing>): Failure | undefined {
  if ([...standings.keys()].some(({ role }) => role === "manager")) return undefined;
  const first = cluster.machines.find(({ role }) => role === "manager");
  return { kind: "not-running", machine: first?.name ?? "manager", state: "out of reach" };
}

function namesOf(standings: ReadonlyMap<MachineSpec, Standing>, kind: Standing["kind"]): readonly string[] {
  return [...standings].filter(([, standing]) => standing.kind === kind).map(([{ name }]) => name);
}
