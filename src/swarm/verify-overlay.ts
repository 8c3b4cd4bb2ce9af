import type { Engine } from "../docker/engine.ts";
import { FailureError, type Problem } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import { parseIngressEnd } from "./parse-swarm.ts";

/** A machine of the swarm: its daemon, and a way to run commands on it. */
export interface OverlaySpot {
  readonly engine: Engine;
  readonly remote: Remote;
}

/**
 * A worker that finds its manager's daemon not yet up asks again after 60 s, so that machines which all restart may take as long
 * (`rejoinClusterInterval` in moby's libnetwork/networkdb/networkdb.go).
 */
const timeoutMs = 90_000;
const intervalMs = 200;
/**
 * Packets until one is answered, for 3 s: one process waits for less than many do. It must be told its source address: a ping that
 * starts before the network's route is there takes another link's address and keeps it to its end.
 */
const ping = ["ping", "-q", "-i", "0.2", "-c", "1", "-w", "3", "-I"] as const;

/**
 * Sends a packet through the ingress overlay (VXLAN) from the first machine, which must be a manager, to each other one; for 90 s at most.
 * In a new swarm to the next one only: engines take seconds to set the network up on many machines, and would be waited for.
 * Every node has an end of that network in a namespace of its own, so no image is needed.
 * Returns a note when there is nothing to send it through.
 * @throws FailureError `verify` with the machines that did not answer.
 */
export async function verifyOverlay(its: {
  readonly spots: ReadonlyMap<string, OverlaySpot>;
  readonly isNew: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<string | undefined> {
  const [from, ...others] = its.spots.values();
  if (!from || others.length === 0) return undefined;
  if ((await inspectIngress(from.engine, its.signal)) === undefined)
    return "the swarm has no network named ingress; the overlay is not checked";
  const deadlineMs = its.clock.nowMs() + limitMs(its.clock, timeoutMs);
  const targets = its.isNew ? others.slice(0, 1) : others;
  const reached = await Promise.all(targets.map((to) => reachUntil({ ...its, from, to, deadlineMs })));
  const problems = reached.filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new FailureError({ kind: "verify", problems });
  return undefined;
}

interface Way {
  readonly from: OverlaySpot;
  readonly to: OverlaySpot;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
}

async function reachUntil(way: Way): Promise<Problem | undefined> {
  for (;;) {
    const obstacle = await reach(way);
    if (obstacle === undefined) return undefined;
    if (way.clock.nowMs() >= way.deadlineMs) return noWay(way, obstacle);
    await way.clock.sleep(intervalMs, way.signal);
  }
}

/** Undefined once a packet came back; else what stood in the way. */
async function reach({ from, to, clock, signal }: Way): Promise<string | undefined> {
  const [source, target] = await Promise.all([from, to].map(({ engine }) => ingressAddress(engine, signal)));
  if (source === undefined) return `${from.engine.machine} has no end of the ingress network yet`;
  if (target === undefined) return `${to.engine.machine} has no end of the ingress network yet`;
  const answer = await from.remote.tryRun({
    argv: ["nsenter", "--net=/var/run/docker/netns/ingress_sbox", ...ping, source, target],
    sudo: true,
    timeoutMs: limitMs(clock, 10_000),
    signal,
  });
  if (answer.exitCode === 0) return undefined;
  return answer.stderr.trim() === "" ? `no answer from ${target}` : answer.stderr.trim();
}

/** IPv4 address of the machine's own end; workers get theirs a moment after joining. */
async function ingressAddress(engine: Engine, signal: AbortSignal): Promise<string | undefined> {
  const network = await inspectIngress(engine, signal);
  return network === undefined ? undefined : parseIngressEnd(network);
}

/** Undefined where there is no such network. */
async function inspectIngress(engine: Engine, signal: AbortSignal): Promise<unknown> {
  try {
    return await engine.request("GET", "/networks/ingress", { signal });
  } catch (error) {
    if (
      error instanceof FailureError &&
      error.failure.kind === "engine-api" &&
      error.failure.status === 404
    ) {
      return undefined;
    }
    throw error;
  }
}

const noWay = ({ from, to }: Way, obstacle: string): Problem => ({
  severity: "error",
  where: to.engine.machine,
  what: `no packet comes through the overlay network from ${from.engine.machine}`,
  why: obstacle,
  remedy: `4789/udp must be open between ${from.remote.address} and ${to.remote.address}.`,
});
