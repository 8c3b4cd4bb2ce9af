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
/** As `Engine.request` has it. */
export const ingressPath = "/networks/ingress";
const inIngress = ["nsenter", "--net=/var/run/docker/netns/ingress_sbox"] as const;
/**
 * $1: source address; then targets, all at the same time. Packets until one is answered, for 3 s: one process waits for less than many do. It
 * must be told its source address: a ping that starts before the network's route is there takes another link's address and keeps it to its end.
 * Prints a line for each target that is not reached: the address, and what ping says.
 */
const pingScript = `
source=$1; shift
reach() {
  # Where the engine does not know the target's link address yet, the kernel asks for it only once a second, and packets wait for that.
  while sleep 0.1; do ip neigh flush to "$1"; done >/dev/null 2>&1 &
  said=$(ping -q -i 0.2 -c 1 -w 3 -I "$source" "$1" 2>&1 >/dev/null) || echo "$1" $said
  kill $!
}
for target; do reach "$target" & done
wait
`;

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
  const { clock, signal } = its;
  const [from, ...others] = its.spots.values();
  if (!from || others.length === 0) return undefined;
  if ((await inspectIngress(from.engine, signal)) === undefined)
    return "the swarm has no network named ingress; the overlay is not checked";
  const deadlineMs = clock.nowMs() + limitMs(clock, timeoutMs);
  let targets = its.isNew ? others.slice(0, 1) : others;
  for (;;) {
    const obstacles: Obstacles = await reach({ from, targets, clock, signal });
    if (obstacles.size === 0) return undefined;
    if (clock.nowMs() >= deadlineMs) throw noWay(from, obstacles);
    targets = [...obstacles.keys()];
    await clock.sleep(intervalMs, signal);
  }
}

/** What stands in the way to the machines that no packet came back from. */
type Obstacles = ReadonlyMap<OverlaySpot, string>;

interface Way {
  readonly from: OverlaySpot;
  readonly targets: readonly OverlaySpot[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function reach(way: Way): Promise<Obstacles> {
  const { from, targets, signal } = way;
  const [source, ...ends] = await Promise.all(
    [from, ...targets].map(({ engine }) => ingressAddress(engine, signal)),
  );
  if (source === undefined) return new Map(targets.map((target) => [target, lacksEnd(from)]));
  const addresses = ends.filter((end) => end !== undefined);
  const silent =
    addresses.length === 0 ? new Map<string, string>() : await pingAll(way, [source, ...addresses]);
  return new Map(
    targets.flatMap((target, index) => {
      const end = ends[index];
      const obstacle = end === undefined ? lacksEnd(target) : silent.get(end);
      return obstacle === undefined ? [] : [[target, obstacle] as const];
    }),
  );
}

const lacksEnd = ({ engine }: OverlaySpot): string =>
  `${engine.machine} has no end of the ingress network yet`;

/** Which targets do not answer the first of the addresses, and why. */
async function pingAll(
  { from, clock, signal }: Way,
  [source, ...targets]: readonly [string, ...string[]],
): Promise<ReadonlyMap<string, string>> {
  const { exitCode, stdout, stderr } = await from.remote.tryRun({
    argv: [...inIngress, "sh", "-c", pingScript, "sh", source, ...targets],
    sudo: true,
    timeoutMs: limitMs(clock, 10_000),
    signal,
  });
  const reason = (target: string, said: string): string => said.trim() || `no answer from ${target}`;
  if (exitCode !== 0) return new Map(targets.map((target) => [target, reason(target, stderr)]));
  const lines = stdout.matchAll(/^(?<target>[\d.]+)(?<said>.*)$/gm);
  return new Map(
    Array.from(lines, ({ groups: { target = "", said = "" } = {} }) => [target, reason(target, said)]),
  );
}

/** IPv4 address of the machine's own end; workers get theirs a moment after joining. */
async function ingressAddress(engine: Engine, signal: AbortSignal): Promise<string | undefined> {
  const network = await inspectIngress(engine, signal);
  return network === undefined ? undefined : parseIngressEnd(network);
}

/** What a daemon knows of the network named ingress; undefined where there is none. */
export async function inspectIngress(engine: Engine, signal: AbortSignal): Promise<unknown> {
  try {
    return await engine.request("GET", ingressPath, { signal });
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

function noWay(from: OverlaySpot, obstacles: Obstacles): FailureError {
  const problems = [...obstacles].map(([to, why]): Problem => ({
    severity: "error",
    where: to.engine.machine,
    what: `no packet comes through the overlay network from ${from.engine.machine}`,
    why,
    remedy: `4789/udp must be open between ${from.remote.address} and ${to.remote.address}.`,
  }));
  return new FailureError({ kind: "verify", problems });
}
