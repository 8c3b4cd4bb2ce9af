import { parseEngineInfo } from "../docker/engine-info.ts";
import type { Engine, EngineSwarmInfo } from "../docker/engine.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import type { Observed, SwarmView } from "./membership.ts";
import { isExpired, labelsOf, parseNodes, parseSwarm } from "./parse-swarm.ts";
import { isLeftAlone, rememberedManagers } from "./plan-quorum.ts";
import { isServerError } from "./server-error.ts";

/** By machine name, in the order of the cluster's machines; machines out of reach are left out. */
export type Engines = ReadonlyMap<string, Engine>;

/**
 * After a boot daemons are pending, and managers without a leader, for some seconds (an election takes 10 to 13); a leader goes on for as long
 * without a majority.
 * What is still so after this time does not settle by itself.
 */
const settleTimeoutMs = 30_000;
const settleIntervalMs = 250;

/**
 * Asks all daemons about their swarms, again and again while one is on its way to another state, for 30 s at most.
 * @throws FailureError `unreachable`, `timeout`, `engine-api` (not for a manager that has no leader).
 */
export async function observeSwarm(from: {
  readonly engines: Engines;
  /** What the daemons have said just now; undefined: they are asked. */
  readonly memberships?: Observed["memberships"];
  /** A swarm was started again without its quorum just now: its manager still remembers the others, and is without a leader at moments. */
  readonly startedAgain?: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<Observed> {
  const { engines, memberships, startedAgain = false, clock, signal } = from;
  const endMs = clock.nowMs() + limitMs(clock, settleTimeoutMs);
  let observed = await (memberships === undefined
    ? observeOnce(engines, signal)
    : withViews({ engines, memberships, signal }));
  while (!isSettled(observed, startedAgain) && clock.nowMs() < endMs) {
    await clock.sleep(settleIntervalMs, signal);
    observed = await observeOnce(engines, signal);
  }
  return observed;
}

/** As `observeSwarm`, at this moment, whatever is under way. */
export async function observeOnce(engines: Engines, signal: AbortSignal): Promise<Observed> {
  const memberships = new Map(
    await Promise.all(
      [...engines].map(async ([name, engine]) => [name, await membershipOf(engine, signal)] as const),
    ),
  );
  return withViews({ engines, memberships, signal });
}

/** What the daemons have said of themselves, and what the managers among them tell of their swarms. Of all answers, the first costs a daemon most. */
export async function withViews(its: {
  readonly engines: Engines;
  readonly memberships: Observed["memberships"];
  readonly signal: AbortSignal;
}): Promise<Observed> {
  const { engines, memberships, signal } = its;
  const views = await Promise.all(
    [...engines]
      .filter(([name]) => isManager(memberships.get(name)))
      .map(async ([name, engine]) => [name, await viewOf(engine, signal)] as const),
  );
  return { memberships, ...sortOut(views) };
}

/** The daemon's own word on its swarm. */
export async function membershipOf(engine: Engine, signal: AbortSignal): Promise<EngineSwarmInfo> {
  return parseEngineInfo(await engine.request("GET", "/info", { signal })).swarm;
}

/** A machine in state `error` may be one whose daemon is trying again: it does so with growing pauses. With a certificate that has ended it does not. */
function isSettled(observed: Observed, startedAgain: boolean): boolean {
  return (
    (observed.silentManagers.size === 0 || (!startedAgain && lacksManagers(observed))) &&
    !observed.swarms.some(({ nodes }) => isLeftAlone(nodes)) &&
    ![...observed.memberships.values()].some(
      ({ state, error }) => state === "pending" || (state === "error" && !isExpired(error)),
    )
  );
}

/** No majority comes back: as many machines are in no swarm as managers are missing. */
function lacksManagers(observed: Observed): boolean {
  const infos = [...observed.memberships.values()];
  const remembered = rememberedManagers(observed);
  const missing = [...remembered].filter((id) => !infos.some(({ nodeId }) => nodeId === id)).length;
  const idle = infos.filter(({ state, error }) => state === "inactive" || isExpired(error)).length;
  return missing * 2 >= remembered.size && idle >= missing;
}

/** One that says of itself that it manages its swarm. */
export const isManager = (membership: EngineSwarmInfo | undefined): boolean =>
  membership?.state === "active" && membership.controlAvailable;

/** The swarm as this manager tells it, or what it answers in place. */
async function viewOf(engine: Engine, signal: AbortSignal): Promise<SwarmView | string> {
  try {
    const swarm = parseSwarm(await engine.request("GET", "/swarm", { signal }));
    const nodes = parseNodes(await engine.request("GET", "/nodes", { signal }));
    return { clusterId: swarm.id, labels: labelsOf(swarm.spec), nodes };
  } catch (error) {
    if (isServerError(error)) return error.failure.message;
    throw error;
  }
}

function sortOut(
  views: readonly (readonly [string, SwarmView | string])[],
): Pick<Observed, "swarms" | "silentManagers"> {
  const swarms = new Map<string, SwarmView>();
  const silentManagers = new Map<string, string>();
  for (const [name, view] of views) {
    if (typeof view === "string") silentManagers.set(name, view);
    else if (!swarms.has(view.clusterId)) swarms.set(view.clusterId, view);
  }
  return { swarms: [...swarms.values()], silentManagers };
}
