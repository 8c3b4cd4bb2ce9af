import type { MachineSpec } from "../cluster/cluster.ts";
import type { Engine, EngineSwarmInfo } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import { limitMs } from "../system/clock.ts";
import { waitUntil } from "../system/wait-until.ts";
import { drainNode } from "./drain.ts";
import { findManagers, saysOf, updateNode, updateSwarm, type SwarmTools } from "./manager-api.ts";
import type { NodeView } from "./membership.ts";
import { membershipOf } from "./observe.ts";
import { clusterLabel } from "./our-swarm.ts";
import { labelsOf, parseNode, parseSwarm, type Spec } from "./parse-swarm.ts";
import { quorumRefusal, refusesForQuorum } from "./refused-change.ts";
import { isServerError } from "./server-error.ts";
import type { SwarmAction } from "./swarm-action.ts";
import { forceNewClusterBody, initBody, joinBody } from "./swarm-requests.ts";

/** What came out of an action that the caller has to keep. */
export interface ActionOutcome {
  /** Of a new swarm with autolock. Secret: for a file that only its owner reads, never for an event. */
  readonly unlockKey?: string;
  /** To be said. */
  readonly text?: string;
}

/**
 * Does one action and waits until its effect shows.
 * @throws FailureError `timeout`, `engine-api`, `unreachable`; `swarm-locked` for an unlock key that does not fit; `quorum-lost`, `quorum-at-risk`.
 */
export async function applySwarmAction(action: SwarmAction, tools: SwarmTools): Promise<ActionOutcome> {
  try {
    return await perform(action, tools);
  } catch (error) {
    if (!refusesForQuorum(error)) throw error;
    throw new FailureError(await quorumRefusal(action.machine, tools), { cause: error });
  }
}

function perform(action: SwarmAction, tools: SwarmTools): Promise<ActionOutcome> {
  switch (action.kind) {
    case "unlock":
      return done(unlock(action.machine, tools));
    case "leave":
      return done(leave(action, tools));
    case "init":
      return init(action.machine, tools);
    case "force-new-cluster":
      return done(forceNewCluster(action.machine, tools));
    case "join":
      return done(join(action, tools));
    case "promote":
      return done(promote(action.machine, tools));
    case "demote":
      return done(demote(action.machine, tools));
    case "drain":
      return drain(action.machine, tools);
    case "remove-node":
      return done(removeNode(action, tools));
    case "update-node":
      return done(updateLabels(action, tools));
    case "label-swarm":
      return done(labelSwarm(tools));
  }
}

type ActionOf<Kind extends SwarmAction["kind"]> = Extract<SwarmAction, { kind: Kind }>;

async function done(work: Promise<unknown>): Promise<ActionOutcome> {
  await work;
  return {};
}

async function unlock(machine: string, tools: SwarmTools): Promise<void> {
  const engine = engineOf(machine, tools);
  try {
    await engine.request("POST", "/swarm/unlock", { body: { UnlockKey: tools.unlockKey ?? "" } });
  } catch (error) {
    if (saysOf(error, "invalid key")) throw new FailureError({ kind: "swarm-locked", machines: [machine] });
    if (!saysOf(error, "swarm is not locked")) throw error;
  }
  await waitForInfo({ ...tools, engine, effect: "to be unlocked", until: ({ state }) => state !== "locked" });
}

async function leave({ machine, force }: ActionOf<"leave">, tools: SwarmTools): Promise<void> {
  const engine = engineOf(machine, tools);
  try {
    // Leaving stops the tasks of the node first.
    await engine.request("POST", `/swarm/leave?force=${String(force)}`, {
      timeoutMs: limitMs(tools.clock, 60_000),
      signal: tools.signal,
    });
  } catch (error) {
    if (!saysOf(error, "not part of a swarm")) throw error;
  }
  await waitForInfo({
    ...tools,
    engine,
    effect: "to leave its swarm",
    until: ({ state }) => state === "inactive",
  });
}

async function init(machine: string, tools: SwarmTools): Promise<ActionOutcome> {
  const engine = engineOf(machine, tools);
  await engine.request("POST", "/swarm/init", { body: initBody(tools.cluster, specOf(machine, tools)) });
  await waitForLeader(engine, tools);
  return tools.cluster.swarm.autolock ? { unlockKey: await readUnlockKey(engine) } : {};
}

/** Secret. Empty: the swarm has no autolock. The engine is a manager that is not locked. */
export async function readUnlockKey(
  engine: Engine,
  options?: Parameters<Engine["request"]>[2],
): Promise<string> {
  const answer = await engine.request("GET", "/swarm/unlockkey", options);
  return typeof answer === "object" && answer !== null && "UnlockKey" in answer
    ? String(answer.UnlockKey)
    : "";
}

/** Hazard: an engine that is no manager never answers anything again after this request (moby 20.10); the plan only has it for managers. */
async function forceNewCluster(machine: string, tools: SwarmTools): Promise<void> {
  const engine = engineOf(machine, tools);
  const spec = (await specIfLed(engine)) ?? knownSpec(tools.cluster);
  const spot = specOf(machine, tools);
  await engine.request("POST", "/swarm/init", { body: forceNewClusterBody(spot, spec), timeoutMs: 60_000 });
  await waitForLeader(engine, tools);
  await waitForNode({
    ...tools,
    machine,
    effect: `to be at ${spot.address}`,
    until: ({ addr }) => addr === spot.address,
  });
}

/** Undefined: it has no leader, which alone tells the spec. */
async function specIfLed(engine: Engine): Promise<Spec | undefined> {
  try {
    return parseSwarm(await engine.request("GET", "/swarm")).spec;
  } catch (error) {
    if (isServerError(error)) return undefined;
    throw error;
  }
}

/** All of a spec that is reset where it is left out (moby `MergeSwarmSpecToGRPC`), but for the count of CA rotations: a CA that was rotated is so once more. */
const knownSpec = ({ swarm }: SwarmTools["cluster"]): Spec => ({
  EncryptionConfig: { AutoLockManagers: swarm.autolock },
});

const waitForLeader = (engine: Engine, tools: SwarmTools): Promise<EngineSwarmInfo> =>
  waitForInfo({
    ...tools,
    engine,
    effect: "to lead its swarm",
    until: ({ state, clusterId }) => state === "active" && clusterId !== "",
  });

async function join({ machine, role }: ActionOf<"join">, tools: SwarmTools): Promise<void> {
  const engine = engineOf(machine, tools);
  const managers = await findManagers(tools, machine);
  const { tokens } = parseSwarm(await managers[0].request("GET", "/swarm"));
  const remotes = managers.map((manager) => specOf(manager.machine, tools).address);
  const body = joinBody(specOf(machine, tools), { role, remotes, tokens });
  try {
    // The engine gives up waiting after 20 s, and goes on joining.
    await engine.request("POST", "/swarm/join", {
      body,
      timeoutMs: limitMs(tools.clock, 30_000),
      signal: tools.signal,
    });
  } catch (error) {
    if (!saysOf(error, "Timeout was reached")) throw error;
  }
  const joined = { effect: "to join", until: ({ state }: EngineSwarmInfo) => state === "active" };
  const { nodeId } = await waitForInfo({ ...tools, engine, ...joined });
  const ready = { effect: "to be ready", until: (node: NodeView) => isReadyAs(role, node) };
  await waitForNode({ ...tools, machine, nodeId, manager: managers[0], ...ready });
}

const isReadyAs = (role: NodeView["role"], node: NodeView): boolean =>
  node.state === "ready" && (role === "worker" || node.reachability === "reachable");

async function promote(machine: string, tools: SwarmTools): Promise<void> {
  await setRole(machine, "manager", tools);
  await waitForNode({
    ...tools,
    machine,
    effect: "to be a reachable manager",
    until: ({ reachability }) => reachability === "reachable",
  });
}

async function demote(machine: string, tools: SwarmTools): Promise<void> {
  // One that was promoted a moment ago comes into the group only now; until then: `can't find manager in raft memberlist`.
  await waitForNode({
    ...tools,
    machine,
    effect: "to be in the group of managers, which has to let it go",
    until: ({ role, reachability }) => role === "worker" || reachability !== undefined,
  });
  await setRole(machine, "worker", tools);
  await waitForNode({
    ...tools,
    machine,
    effect: "to be out of the group of managers",
    until: ({ reachability }) => reachability === undefined,
  });
  const engine = engineOf(machine, tools);
  await waitForInfo({ ...tools, engine, effect: "to be a worker", until: (info) => !info.controlAvailable });
}

async function drain(machine: string, tools: SwarmTools): Promise<ActionOutcome> {
  const text = await drainNode(machine, tools);
  return text === undefined ? {} : { text };
}

async function setRole(machine: string, role: NodeView["role"], tools: SwarmTools): Promise<void> {
  const { nodeId } = await membershipOf(engineOf(machine, tools), tools.signal);
  const [manager] = await findManagers(tools, machine);
  await updateNode(manager, nodeId, (spec) => ({ ...spec, Role: role }));
}

/** A manager's entry goes only after its member of the raft group; where that went with a new start of the swarm, demoting it is refused as unknown. */
async function removeNode(
  { machine, nodeId, role }: ActionOf<"remove-node">,
  tools: SwarmTools,
): Promise<void> {
  const [manager] = await findManagers(tools, machine);
  if (role === "manager") await demoteEntry({ manager, machine, nodeId, tools }).catch(unlessGone);
  await manager.request("DELETE", `/nodes/${nodeId}?force=true`).catch(unlessGone);
}

async function demoteEntry(entry: {
  readonly manager: Engine;
  readonly machine: string;
  readonly nodeId: string;
  readonly tools: SwarmTools;
}): Promise<void> {
  await updateNode(entry.manager, entry.nodeId, (spec) => ({ ...spec, Role: "worker" }));
  await waitUntil(
    {
      ...entry.tools,
      title: `the old manager ${entry.machine} to be out of the group of managers`,
      timeoutMs: 30_000,
      hint: () => "Removing a manager needs more than half of the managers: swarmlab status",
      isPassing: isServerError,
    },
    async () => {
      const node = parseNode(await entry.manager.request("GET", `/nodes/${entry.nodeId}`));
      return node.reachability === undefined ? true : undefined;
    },
  );
}

function unlessGone(error: unknown): undefined {
  const isGone =
    error instanceof FailureError && error.failure.kind === "engine-api" && error.failure.status === 404;
  if (!isGone) throw error;
}

async function updateLabels({ machine, labels }: ActionOf<"update-node">, tools: SwarmTools): Promise<void> {
  const { nodeId } = await membershipOf(engineOf(machine, tools), tools.signal);
  const [manager] = await findManagers(tools);
  await updateNode(manager, nodeId, (spec) => withLabels(spec, labels));
}

async function labelSwarm(tools: SwarmTools): Promise<void> {
  const [manager] = await findManagers(tools);
  await updateSwarm(manager, (spec) => withLabels(spec, { [clusterLabel]: tools.cluster.name }));
}

const withLabels = (spec: Spec, labels: Readonly<Record<string, string>>): Spec => ({
  ...spec,
  Labels: { ...labelsOf(spec), ...labels },
});

async function waitForInfo(
  wait: SwarmTools & {
    readonly engine: Engine;
    readonly effect: string;
    readonly until: (info: EngineSwarmInfo) => boolean;
  },
): Promise<EngineSwarmInfo> {
  let last = "";
  return waitUntil(
    {
      ...wait,
      title: `${wait.engine.machine} ${wait.effect}`,
      timeoutMs: 60_000,
      hint: () => `Its daemon says: ${last}. See: swarmlab ssh ${wait.engine.machine} -- docker info`,
      isPassing: isServerError,
    },
    async () => {
      const info = await membershipOf(wait.engine, wait.signal);
      last = [info.state, info.error].filter((part) => part !== "").join(", ");
      return wait.until(info) ? info : undefined;
    },
  );
}

async function waitForNode(
  wait: SwarmTools & {
    readonly machine: string;
    /** Undefined: its daemon is asked. */
    readonly nodeId?: string;
    /** Whom to ask first: one that was a manager just now. */
    readonly manager?: Engine;
    readonly effect: string;
    readonly until: (node: NodeView) => boolean;
  },
): Promise<void> {
  const { nodeId = (await membershipOf(engineOf(wait.machine, wait), wait.signal)).nodeId } = wait;
  let known = wait.manager;
  await waitUntil(
    {
      ...wait,
      title: `the node ${wait.machine} ${wait.effect}`,
      timeoutMs: 60_000,
      hint: () => "Look at the nodes and the way between them: swarmlab status",
      isPassing: isServerError,
    },
    async () => {
      const manager = known ?? (await findManagers(wait, wait.machine))[0];
      known = undefined;
      const data = await manager
        .request("GET", `/nodes/${nodeId}`, { signal: wait.signal })
        .catch(unlessGone);
      return data !== undefined && wait.until(parseNode(data)) ? true : undefined;
    },
  );
}

/** The plan only names machines that were observed, thus have an engine; anything else is a bug. */
function engineOf(machine: string, { engines }: SwarmTools): Engine {
  const engine = engines.get(machine);
  if (!engine) throw new Error(`no engine for ${machine}`);
  return engine;
}

function specOf(machine: string, { cluster }: SwarmTools): MachineSpec {
  const spec = cluster.machines.find(({ name }) => name === machine);
  if (!spec) throw new Error(`${machine} is no machine of ${cluster.name}`);
  return spec;
}
