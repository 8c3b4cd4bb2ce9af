import { X509Certificate } from "node:crypto";
import { parseEngineInfo } from "../docker/engine-info.ts";
import type { Engine } from "../docker/engine.ts";
import type { Remote } from "../remote/remote.ts";
import type { Clock } from "../system/clock.ts";
import { waitUntil } from "../system/wait-until.ts";
import type { Observed } from "./membership.ts";
import { membershipOf, observeOnce, type Engines } from "./observe.ts";
import { isServerError } from "./server-error.ts";

/** What is asked about a node whose daemon was restarted. */
export interface ReturningNode {
  readonly machine: string;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Node IDs by machine, of the nodes that a manager knows: of another nobody could tell that it is back. */
export function knownNodes({ memberships, swarms }: Observed): ReadonlyMap<string, string> {
  const known = new Set(swarms.flatMap(({ nodes }) => nodes.map(({ id }) => id)));
  return new Map(
    [...memberships].flatMap(([machine, { state, nodeId }]) =>
      state === "active" && known.has(nodeId) ? [[machine, nodeId] as const] : [],
    ),
  );
}

/**
 * Waits until a manager tells that the node is ready, and one of a manager reachable; for 60 s at most.
 * @throws FailureError `timeout`
 */
export async function awaitNode(node: ReturningNode, nodeId: string): Promise<void> {
  await waitUntil(
    {
      ...node,
      title: `the node ${node.machine} to be ready again`,
      timeoutMs: 60_000,
      hint: () => "Look at the nodes: swarmlab status",
      isPassing: isServerError,
    },
    async () => {
      const { swarms } = await observeOnce(node.engines, node.signal);
      const found = swarms.flatMap(({ nodes }) => nodes).find(({ id }) => id === nodeId);
      const isBack = found?.state === "ready" && (found.reachability ?? "reachable") === "reachable";
      return isBack ? true : undefined;
    },
  );
}

/**
 * Waits until the daemon of a swarm's only manager leads again, or asks for the key that opens its state; for 60 s at most. Until then it remembers
 * the managers of before, and seems to have lost its quorum.
 * @throws FailureError `timeout`
 */
export async function awaitLeader(node: ReturningNode): Promise<void> {
  const { machine, signal } = node;
  const engine = engineOf(node);
  await waitUntil(
    {
      ...node,
      title: `${machine} to lead its swarm again`,
      timeoutMs: 60_000,
      hint: () => "Look at the managers: swarmlab status",
      isPassing: isServerError,
    },
    async () => {
      const { state, clusterId } = await membershipOf(engine, signal);
      return state === "locked" || (state === "active" && clusterId !== "") ? true : undefined;
    },
  );
}

/**
 * Waits until a manager that was made a worker has a worker's certificate, which it gets some seconds after the swarm has taken it out of the group
 * of managers; for 60 s at most. A swarm that loses its leader before that has the manager started again by its daemon: it comes back into the
 * group (swarmkit `superviseManager`).
 * @throws FailureError `timeout`, `remote-command`, `unreachable`
 */
export async function awaitWorkerCertificate(node: ReturningNode, remote: Remote): Promise<void> {
  const { machine, signal } = node;
  const { rootDirectory } = parseEngineInfo(await engineOf(node).request("GET", "/info", { signal }));
  const file = `${rootDirectory}/swarm/certificates/swarm-node.crt`;
  await waitUntil(
    {
      ...node,
      title: `the certificate of ${machine} to be a worker's`,
      timeoutMs: 60_000,
      intervalMs: 250,
      hint: () => `Look at its Docker daemon: swarmlab logs ${machine}`,
    },
    async () => {
      const { stdout } = await remote.run({ argv: ["cat", file], sudo: true, signal });
      return new X509Certificate(stdout).subject.includes("OU=swarm-worker") ? true : undefined;
    },
  );
}

function engineOf({ machine, engines }: ReturningNode): Engine {
  const engine = engines.get(machine);
  if (engine === undefined) throw new Error(`no engine for ${machine}`);
  return engine;
}
