import type { Cluster } from "../cluster/cluster.ts";
import type { Engine, EngineSwarmInfo } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import type { Clock } from "../system/clock.ts";
import { waitUntil } from "../system/wait-until.ts";
import { membershipOf, type Engines } from "./observe.ts";
import { parseNodeSpec, parseSwarm, type Spec } from "./parse-swarm.ts";
import { isServerError } from "./server-error.ts";

/** What an action needs to be done. */
export interface SwarmTools {
  readonly cluster: Cluster;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** For `unlock`. */
  readonly unlockKey?: string;
}

/**
 * Machines whose daemon is a manager with a leader, in the order of the cluster, waiting for one for 30 s. `except` comes last: a manager
 * that is being changed answers only if there is no other. Machines that shall be workers are asked only when no other is one.
 * @throws FailureError `timeout`
 */
export async function findManagers(
  tools: SwarmTools,
  except?: string,
): Promise<readonly [Engine, ...Engine[]]> {
  const engines = [...tools.engines.values()].sort(
    (a, b) => Number(a.machine === except) - Number(b.machine === except),
  );
  const wanted = new Set(
    tools.cluster.machines.filter(({ role }) => role === "manager").map(({ name }) => name),
  );
  const groups = [true, false].map((isWanted) =>
    engines.filter(({ machine }) => wanted.has(machine) === isWanted),
  );
  return waitUntil(
    {
      ...tools,
      title: "a swarm manager that has a leader",
      timeoutMs: 30_000,
      hint: () => "Look at the managers: swarmlab status",
      isPassing: isServerError,
    },
    async () => {
      for (const group of groups) {
        const infos = await Promise.all(group.map((engine) => membershipOf(engine, tools.signal)));
        const [first, ...more] = group.filter((_, index) => isLedManager(infos[index]));
        if (first) return [first, ...more] as const;
      }
      return undefined;
    },
  );
}

/** A manager without a leader cannot tell the ID of its swarm. */
function isLedManager(info: EngineSwarmInfo | undefined): boolean {
  return info?.state === "active" && info.controlAvailable && info.clusterId !== "";
}

/** Changes the spec of a node; what `change` leaves alone stays. */
export async function updateNode(
  manager: Engine,
  nodeId: string,
  change: (spec: Spec) => Spec,
): Promise<void> {
  await retryOutOfSequence(async () => {
    const { version, spec } = parseNodeSpec(await manager.request("GET", `/nodes/${nodeId}`));
    await manager.request("POST", `/nodes/${nodeId}/update?version=${version}`, { body: change(spec) });
  });
}

/** Changes the spec of the swarm; what `change` leaves alone stays. */
export async function updateSwarm(manager: Engine, change: (spec: Spec) => Spec): Promise<void> {
  await retryOutOfSequence(async () => {
    const { version, spec } = parseSwarm(await manager.request("GET", "/swarm"));
    await manager.request("POST", `/swarm/update?version=${version}`, { body: change(spec) });
  });
}

/** Somebody else changed the object between reading and writing: once more, from the new one. */
async function retryOutOfSequence(attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (!saysOf(error, "update out of sequence")) throw error;
    await attempt();
  }
}

/** True for an engine's error with these words in its message. */
export function saysOf(error: unknown, words: string): boolean {
  return (
    error instanceof FailureError &&
    error.failure.kind === "engine-api" &&
    error.failure.message.includes(words)
  );
}
