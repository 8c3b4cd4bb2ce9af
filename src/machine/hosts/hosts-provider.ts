import { rm } from "node:fs/promises";
import type { Cluster, HostSpec } from "../../cluster/cluster.ts";
import { FailureError, type Problem } from "../../failure.ts";
import type { Remote } from "../../remote/remote.ts";
import { refuseOthersCluster } from "../cluster-record.ts";
import type { Inspection, Login, Machine, Provider, ProviderCapabilities, SetupPlan } from "../provider.ts";
import { asRemote, connectHost } from "./connect-host.ts";
import { allHosts, findHosts, refuseMovedHosts } from "./find-hosts.ts";
import { hostLogin } from "./host-login.ts";
import { hostProblems } from "./host-problems.ts";
import { writeHosts } from "./host-record.ts";
import type { HostsHost } from "./hosts-host.ts";
import { clusterDirectory, clustersDirectory } from "./layout.ts";
import { SudoConnections } from "./sudo.ts";

/** For a machine that runs: nobody waits for it to boot. */
const answerTimeoutMs = 10_000;
/** To see whether it runs at all. */
const lookTimeoutMs = 4000;

/** Machines that exist already, over SSH. They are taken into a cluster and given back: nothing of theirs is made, stopped or removed here. */
export class HostsProvider implements Provider {
  readonly name = "hosts";
  readonly capabilities: ProviderCapabilities = { needsRoot: false, embedded: false, ownsMachines: false };
  readonly #host: HostsHost;
  readonly #connections: SudoConnections;

  constructor(host: HostsHost) {
    this.#host = host;
    this.#connections = new SudoConnections(host);
  }

  async preflight(cluster: Cluster): Promise<readonly Problem[]> {
    const { listed } = await findHosts(this.#host, cluster);
    const { signal } = new AbortController();
    const problems = await Promise.all(
      [...listed].map(([name, known]) => {
        const connect = (): Promise<Remote> =>
          this.connect(cluster, name, { timeoutMs: answerTimeoutMs, signal });
        return hostProblems(cluster, { name, known, connect }, signal);
      }),
    );
    return problems.flat();
  }

  planSetup(): Promise<SetupPlan | undefined> {
    return Promise.resolve(undefined);
  }

  /** Only machines that were taken into the cluster are connected to. One that is not listed any more and does not answer is given up. */
  async inspect(cluster: Cluster): Promise<Inspection> {
    const found = await findHosts(this.#host, cluster);
    const hosts = allHosts(found);
    const machines = await Promise.all(
      [...hosts].map(async ([name, { address }]): Promise<readonly Machine[]> => {
        const place = { name, ...(address !== undefined && { address }) };
        if (!found.taken.has(name)) return [{ ...place, state: "absent" }];
        const seen = await this.#look(specsOf(hosts), name);
        if (seen.state === "running" || found.listed.has(name)) return [{ ...place, ...seen }];
        this.#host.warn(givenUp(place));
        return [];
      }),
    );
    return { machines: machines.flat() };
  }

  async settle(cluster: Cluster): Promise<Cluster> {
    await refuseOthersCluster(clustersDirectory(this.#host.home), cluster);
    refuseMovedHosts(await findHosts(this.#host, cluster));
    return cluster;
  }

  async claim(cluster: Cluster): Promise<Cluster> {
    const settled = await this.settle(cluster);
    const hosts = allHosts(await findHosts(this.#host, cluster));
    await writeHosts(clustersDirectory(this.#host.home), settled, hosts);
    return settled;
  }

  stateDirectory(cluster: Cluster): string {
    return clusterDirectory(this.#host.home, cluster.name);
  }

  async prepare(cluster: Cluster): Promise<undefined> {
    await refuseOthersCluster(clustersDirectory(this.#host.home), cluster);
  }

  create(): Promise<string> {
    return Promise.resolve("exists");
  }

  stop(): Promise<never> {
    const message = "machines that exist already are not stopped";
    return Promise.reject(
      new FailureError({ kind: "usage", message, remedy: "Stop them by their own means." }),
    );
  }

  /** Forgets a machine, which was given back before or answers no more. */
  async remove(cluster: Cluster, name: string): Promise<void> {
    const clusters = clustersDirectory(this.#host.home);
    await refuseOthersCluster(clusters, cluster);
    const { taken } = await findHosts(this.#host, cluster);
    if (!taken.has(name)) return;
    await writeHosts(clusters, cluster, new Map([...taken].filter(([other]) => other !== name)));
  }

  /** Forgets the machines, which were given back before. */
  async destroy(cluster: Cluster): Promise<void> {
    await refuseOthersCluster(clustersDirectory(this.#host.home), cluster);
    await rm(this.stateDirectory(cluster), { recursive: true, force: true });
  }

  async login(cluster: Cluster, name: string, signal: AbortSignal): Promise<Login> {
    const specs = specsOf(allHosts(await findHosts(this.#host, cluster)));
    return hostLogin({
      host: this.#host,
      cluster: cluster.name,
      specs,
      name,
      timeoutMs: answerTimeoutMs,
      signal,
    });
  }

  async connect(
    cluster: Cluster,
    name: string,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Remote> {
    const specs = specsOf(allHosts(await findHosts(this.#host, cluster)));
    return asRemote(await this.#connections.connect({ specs, name, ...options }));
  }

  async #look(
    specs: ReadonlyMap<string, HostSpec>,
    name: string,
  ): Promise<Pick<Machine, "state" | "detail">> {
    const { signal } = new AbortController();
    try {
      const options = { host: this.#host, specs, name, timeoutMs: lookTimeoutMs, signal };
      const connection = await connectHost(options);
      await connection[Symbol.asyncDispose]();
      return { state: "running" };
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      const { failure } = error;
      const detail = failure.kind === "unreachable" ? failure.reason : failure.kind;
      return { state: "unreachable", detail };
    }
  }
}

const givenUp = ({ name, address = "" }: Pick<Machine, "name" | "address">): string =>
  `${name} (${address}) is not listed any more and does not answer: it is left out. Should it come back, it may still be in the swarm: docker swarm leave --force.`;

const specsOf = (hosts: ReadonlyMap<string, { readonly spec: HostSpec }>): ReadonlyMap<string, HostSpec> =>
  new Map([...hosts].map(([name, { spec }]) => [name, spec]));
