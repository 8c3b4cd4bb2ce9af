import type { MachineSpec } from "../cluster/cluster.ts";
import type { Context } from "../context.ts";
import { observeDocker } from "../docker/await-engine.ts";
import { type DockerObservation, isUp } from "../docker/docker-observation.ts";
import type { Engine, EngineSwarmInfo } from "../docker/engine.ts";
import { ensureImageCache } from "../docker/ensure-image-cache.ts";
import { findOurs, hasOurs, restoreDaemon } from "../docker/restore-daemon.ts";
import { tcpEndpoint } from "../docker/tcp-access.ts";
import { FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { unlockKeyFile } from "../state/lab-files.ts";
import type { StepProgress } from "../steps.ts";
import { judgeMachines, type Standing } from "../swarm/judge-machines.ts";
import { releaseGossip } from "../swarm/gossip.ts";
import { leaveSwarm } from "../swarm/leave-swarm.ts";
import { membershipOf, observeSwarm } from "../swarm/observe.ts";
import { ourSwarm } from "../swarm/our-swarm.ts";
import { pathExists } from "../system/files.ts";
import { withContainersKept } from "./configure-machine.ts";
import type { Connections } from "./connections.ts";
import type { Lab } from "./open-lab.ts";

interface Release {
  readonly context: Context;
  readonly lab: Lab;
  readonly connections: Pick<Connections, "remote" | "engine">;
  readonly progress: StepProgress;
  /** Only these; default: all. */
  readonly names?: readonly string[];
  /** What could not be taken back before. */
  readonly left?: readonly string[];
}

/** A machine that answers. */
interface Reached {
  readonly machine: MachineSpec;
  readonly remote: Remote;
  readonly observation: DockerObservation;
  /** Undefined: its daemon does not answer, or it has none. */
  readonly daemon?: { readonly engine: Engine; readonly membership: EngineSwarmInfo };
}

const connectTimeoutMs = 10_000;

/**
 * Gives machines back that are not this program's own: each leaves the swarm, workers first, and its daemon gets the options back that it had.
 * What others have there stays. All that can be done is done, whatever else cannot.
 * @throws FailureError `leftovers` with the machines that are not given back, and why
 */
export async function releaseMachines(release: Release): Promise<void> {
  const { lab } = release;
  const { names } = release;
  const taken = lab.cluster.machines.filter(
    ({ name }) => lab.machines.get(name)?.state !== "absent" && names?.includes(name) !== false,
  );
  const reached = await Promise.all(
    taken.map((machine) => tryOn(machine.name, () => reach(release, machine))),
  );
  const open = reached.flatMap((each) => (typeof each === "string" ? [] : [each]));
  const standings = await judge(release, open);
  const left = [...(release.left ?? []), ...reached.filter((each) => typeof each === "string")];
  // One after the other: see `releaseGossip`.
  for (const each of open.toReversed()) {
    const { name } = each.machine;
    const outcome = await tryOn(name, () => leave(release, each, standings.get(name)));
    if (outcome !== undefined) left.push(outcome);
  }
  release.progress.report("daemons get their options back");
  const restored = await Promise.all(
    open.map((each) =>
      tryOn(each.machine.name, () => restore(release, each, standings.get(each.machine.name))),
    ),
  );
  left.push(...restored.flatMap((outcome) => outcome ?? []));
  if (left.length > 0)
    throw new FailureError({ kind: "leftovers", cluster: lab.cluster.name, items: [...new Set(left)] });
}

/** An expected failure becomes words that begin with what it is about: the others go on. */
export async function tryOn<T>(name: string, work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.kind === "interrupted") throw error;
    return `${name}: ${reasonOf(error)}`;
  }
}

function reasonOf({ failure }: FailureError): string {
  switch (failure.kind) {
    case "unreachable":
      return `it does not answer over SSH (${failure.reason})`;
    case "prerequisite":
      return failure.problems.map(({ what }) => what).join("; ");
    case "daemon":
      return failure.reason;
    case "engine-api":
      return failure.message;
    case "timeout":
      return `gave up waiting for ${failure.waitedFor}`;
    case "not-running":
      return `${failure.machine} is ${failure.state}`;
    case "fault-refused":
      return failure.reason;
    default:
      return failure.kind;
  }
}

async function reach({ context, lab, connections }: Release, machine: MachineSpec): Promise<Reached> {
  const { clock, signal } = context;
  const remote = await connections.remote(lab, machine.name, connectTimeoutMs);
  const { observation, stderr } = await observeDocker(remote, { clock, signal });
  if (observation === undefined) {
    const problem = { severity: "error", what: `sudo does not work (${stderr.trim()})`, remedy: "" } as const;
    throw new FailureError({ kind: "prerequisite", problems: [problem] });
  }
  if (!isUp(observation)) return { machine, remote, observation };
  const engine = await connections.engine(lab, machine.name);
  return { machine, remote, observation, daemon: { engine, membership: await membershipOf(engine, signal) } };
}

/** How the machines whose daemon answers stand to the cluster's swarm. */
async function judge(
  { context, lab }: Release,
  open: readonly Reached[],
): Promise<ReadonlyMap<string, Standing>> {
  const daemons = open.flatMap(({ machine, daemon }) => (daemon ? [{ name: machine.name, ...daemon }] : []));
  const engines = new Map(daemons.map(({ name, engine }) => [name, engine]));
  const memberships = new Map(daemons.map(({ name, membership }) => [name, membership]));
  const { clock, signal } = context;
  const observed = await observeSwarm({ engines, memberships, clock, signal });
  const standings = judgeMachines({ cluster: lab.cluster, observed, swarm: ourSwarm(lab.cluster, observed) });
  return new Map([...standings].map(([{ name }, standing]) => [name, standing]));
}

/** Whose swarm a locked one is shows only when it is open; the key is there for ours. */
async function isOurs({ lab }: Release, standing: Standing | undefined): Promise<boolean> {
  if (standing?.kind === "locked") return pathExists(unlockKeyFile(lab.directory));
  return standing !== undefined && standing.kind !== "outside" && standing.kind !== "foreign";
}

/** Returns why it cannot leave; undefined: it is in no swarm of this cluster. */
async function leave(
  release: Release,
  { machine, daemon, observation }: Reached,
  standing: Standing | undefined,
): Promise<string | undefined> {
  const { context, progress } = release;
  if (daemon === undefined)
    return hasOurs(observation)
      ? `${machine.name}: its Docker daemon does not ${observation.service === "silent" ? "answer" : "run"}, so that it cannot leave the swarm`
      : undefined;
  if (!(await isOurs(release, standing))) return undefined;
  progress.report(`${machine.name} leaves`);
  const { clock, signal } = context;
  const { engine } = daemon;
  await leaveSwarm({ engine, clock, signal });
  const { state } = await membershipOf(engine, signal);
  return state === "inactive" ? undefined : `${machine.name}: its daemon says that it is ${state} in a swarm`;
}

/** Returns what is left; undefined: nothing. A machine that is in a swarm of others meanwhile keeps its gossip. */
async function restore(
  release: Release,
  { machine, remote, observation, daemon }: Reached,
  standing: Standing | undefined,
): Promise<string | undefined> {
  const { context, lab } = release;
  if (daemon === undefined && hasOurs(observation)) return undefined;
  const { clock, signal } = context;
  await ensureImageCache({ remote, cluster: { ...lab.cluster, imageCache: undefined }, signal });
  const hadOurs = hasOurs(observation);
  await withContainersKept(release, {
    remote,
    signal,
    work: async () => {
      await restoreDaemon({ remote, observation, clock, signal });
      if (daemon !== undefined && standing?.kind !== "foreign")
        await releaseGossip({ remote, clock, signal });
    },
  });
  const endpoint = hadOurs ? tcpEndpoint(lab.cluster.tcp, machine.address)?.replace("tcp://", "") : undefined;
  const left = await findOurs(remote, { endpoint, signal });
  return left.length === 0 ? undefined : `${machine.name}: ${left.join(", ")}`;
}
