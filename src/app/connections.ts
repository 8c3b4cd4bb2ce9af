import type { Context } from "../context.ts";
import { openEngine } from "../docker/ssh-engine.ts";
import type { Engine } from "../docker/engine.ts";
import type { Remote } from "../remote/remote.ts";
import type { Lab } from "./open-lab.ts";

/** How long a machine that runs may take to answer over SSH; a booting one is waited for as well. */
const connectTimeoutMs = 120_000;

/** One SSH connection for each machine and one Docker API over it, made when first asked for and closed together. */
export class Connections implements AsyncDisposable {
  readonly #context: Context;
  readonly #remotes = new Map<string, Promise<Remote>>();
  readonly #engines = new Map<string, Engine>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Begins to connect to all machines that run. Whoever asks for a connection learns how that went. */
  open(lab: Lab): void {
    const running = [...lab.machines.values()].filter(({ state }) => state === "running");
    for (const { name } of running) this.remote(lab, name).catch(() => undefined);
  }

  /** @throws FailureError `unreachable`, `host-key`, `machine-died`. */
  async remote(lab: Lab, name: string, timeoutMs = connectTimeoutMs): Promise<Remote> {
    const { signal } = this.#context;
    const connecting =
      this.#remotes.get(name) ??
      lab.provider.connect(lab.cluster, name, { timeoutMs: timeoutMs * lab.patience, signal });
    this.#remotes.set(name, connecting);
    return connecting;
  }

  async engine(lab: Lab, name: string, timeoutMs?: number): Promise<Engine> {
    const remote = await this.remote(lab, name, timeoutMs);
    const engine = this.#engines.get(name) ?? openEngine(remote, lab.patience);
    this.#engines.set(name, engine);
    return engine;
  }

  /** Closes what there is to one machine: the next to ask connects anew. */
  async forget(name: string): Promise<void> {
    const [engine, connecting] = [this.#engines.get(name), this.#remotes.get(name)];
    this.#engines.delete(name);
    this.#remotes.delete(name);
    await engine?.[Symbol.asyncDispose]();
    const [remote] = await Promise.allSettled([connecting]);
    if (remote.status === "fulfilled") await remote.value?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const remotes = await Promise.allSettled(this.#remotes.values());
    const open = [
      ...this.#engines.values(),
      ...remotes.flatMap((remote) => (remote.status === "fulfilled" ? remote.value : [])),
    ];
    await Promise.all(open.map((connection) => connection[Symbol.asyncDispose]()));
  }
}

/** By machine name, in the order of the cluster. */
export async function openEngines({
  lab,
  connections,
}: {
  readonly lab: Lab;
  readonly connections: Connections;
}): Promise<ReadonlyMap<string, Engine>> {
  const names = lab.cluster.machines.map(({ name }) => name);
  const engines = await Promise.all(names.map((name) => connections.engine(lab, name)));
  return new Map(engines.map((engine) => [engine.machine, engine]));
}
