import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { up, type UpOutcome } from "../../../src/app/up.ts";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import type { Context } from "../../../src/context.ts";
import { FailureError } from "../../../src/failure.ts";
import type { Inspection, Provider } from "../../../src/machine/provider.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import type { Latencies } from "./latencies.ts";
import { SimulatedRemote } from "./simulated-remote.ts";
import { SimulatedSwarm } from "./simulated-swarm.ts";

/** What `up` of a new cluster took; seconds. */
export interface Measured {
  /** Why it failed, as when a manager lets so many wait that their requests time out. */
  readonly failure?: string;
  readonly seconds: number;
  /** Processor time of this process. */
  readonly processor: number;
}

/**
 * `swarmlab up` of a new cluster of one manager and workers, all of it real but for the machines: each takes as long as it was recorded, and none
 * waits for another one's processor.
 */
export async function simulateUp(its: {
  readonly machines: number;
  readonly maxWorkers: number;
  readonly latencies: Latencies;
}): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-simulated-"));
  try {
    const workers = its.machines - 1;
    await writeFile(
      join(directory, "swarmlab.yaml"),
      `name: simulated\nprovider: nspawn\nsubnet: 172.31.0.0/20\nworkers: ${workers}\n`,
    );
    const provider = new SimulatedProvider(join(directory, "state"), its.latencies);
    const options = { setup: false, dryRun: false, force: false, recreate: false, unasked: "keep" } as const;
    const [startMs, before] = [performance.now(), process.cpuUsage()];
    const failure = await up(contextOf(directory, provider), {
      ...options,
      managers: undefined,
      workers: undefined,
      maxWorkers: its.maxWorkers,
    }).then((outcome) => notReady(outcome, its.machines), failureText);
    const seconds = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(before);
    return { ...(failure !== undefined && { failure }), seconds, processor: (user + system) / 1e6 };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function notReady(outcome: UpOutcome, machines: number): string | undefined {
  const ready = outcome.kind === "done" ? outcome.status.swarm.ready : 0;
  return ready === machines ? undefined : `${ready} of ${machines} ready`;
}

function failureText(error: unknown): string {
  if (!(error instanceof FailureError)) throw error;
  const { failure } = error;
  return `fails: ${failure.kind === "several" ? (failure.failures[0]?.kind ?? "") : failure.kind}`;
}

/** Machines that are made, and answer over SSH, after the time that real ones took. */
class SimulatedProvider implements Provider {
  readonly name = "nspawn";
  readonly capabilities = { needsRoot: false, embedded: false, ownsMachines: true };
  readonly #state: string;
  readonly #latencies: Latencies;
  readonly #made = new Set<string>();
  #swarm: SimulatedSwarm | undefined;

  constructor(state: string, latencies: Latencies) {
    this.#state = state;
    this.#latencies = latencies;
  }

  preflight = () => Promise.resolve([]);
  settle = (cluster: Cluster) => Promise.resolve(cluster);
  claim = (cluster: Cluster) => Promise.resolve(cluster);
  prepare = () => Promise.resolve(undefined);
  stateDirectory = () => this.#state;

  inspect(): Promise<Inspection> {
    return Promise.resolve({
      machines: [...this.#made].map((name) => ({ name, state: "running" as const })),
    });
  }

  async create(_: Cluster, name: string): Promise<undefined> {
    await sleep(this.#latencies.create);
    this.#made.add(name);
  }

  async connect({ machines }: Cluster, machine: string): Promise<SimulatedRemote> {
    const addresses = new Map(machines.map(({ name, address }) => [name, address]));
    this.#swarm ??= new SimulatedSwarm(this.#latencies, addresses);
    await sleep(this.#latencies.ssh);
    spend(this.#latencies.connection);
    const address = addresses.get(machine) ?? "";
    return new SimulatedRemote({ machine, address, latencies: this.#latencies, swarm: this.#swarm });
  }

  planSetup = notSimulated;
  stop = notSimulated;
  remove = notSimulated;
  destroy = notSimulated;
  login = notSimulated;
}

function notSimulated(): never {
  throw new Error("not simulated");
}

/** Takes the processor for as long, as encryption does. */
function spend(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

function contextOf(directory: string, provider: Provider): Context {
  return {
    emit: () => undefined,
    clock: systemClock,
    signal: new AbortController().signal,
    processes: { run: notSimulated, tryRun: notSimulated } as never,
    providers: () => Promise.resolve([provider]),
    host: { isRoot: true, workingDirectory: directory } as never,
    terminal: { interactive: false } as never,
    settleOutput: () => Promise.resolve(),
  };
}
