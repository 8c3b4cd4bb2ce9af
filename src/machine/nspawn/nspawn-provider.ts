import type { Cluster } from "../../cluster/cluster.ts";
import type { Problem } from "../../failure.ts";
import type { Remote } from "../../remote/remote.ts";
import type { StepProgress } from "../../steps.ts";
import { readText } from "../../system/files.ts";
import { refuseOthersCluster } from "../cluster-record.ts";
import type {
  BoxCarrier,
  Inspection,
  Login,
  OutsideFaults,
  Provider,
  ProviderCapabilities,
  SetupPlan,
  SnapshotKeeper,
} from "../provider.ts";
import { keepSnapshots } from "../keep-snapshots.ts";
import { claimCluster, settleCluster, type SubnetSurroundings } from "../settle-cluster.ts";
import { boxCarrier } from "./box-carrier.ts";
import { connectMachine, machineLogin } from "./connect-machine.ts";
import { destroyCluster } from "./destroy-cluster.ts";
import { hostProblems, planHostSetup } from "./host-requirements.ts";
import { inspectCluster } from "./inspect-cluster.ts";
import { clusterLayout, clustersDirectory } from "./layout.ts";
import { findProcesses, killProcesses, powerOff, ProcessFinder } from "./machine-processes.ts";
import { thawMachine } from "./freezer.ts";
import { findHostNetworks } from "./network.ts";
import type { NspawnHost } from "./nspawn-host.ts";
import { outsideFaults } from "./outside-faults.ts";
import { prepareCluster } from "./prepare-cluster.ts";
import { removeMachine } from "./remove-machine.ts";
import { nspawnMedium } from "./snapshot-medium.ts";
import { startMachine } from "./start-machine.ts";

/** Machines as systemd-nspawn containers on this Linux host: each a whole Debian or Ubuntu with its own systemd, sshd and dockerd. */
export class NspawnProvider implements Provider {
  readonly name = "nspawn";
  readonly capabilities: ProviderCapabilities;
  readonly carrier: BoxCarrier;
  readonly snapshots: SnapshotKeeper;
  readonly faults: OutsideFaults;
  readonly #host: NspawnHost & { readonly finder: ProcessFinder };

  constructor(host: NspawnHost) {
    this.capabilities = { needsRoot: true, embedded: host.platform === "linux", ownsMachines: true };
    this.carrier = boxCarrier(host, (other) => new NspawnProvider(other));
    this.snapshots = keepSnapshots(nspawnMedium(host));
    this.faults = outsideFaults(host);
    this.#host = { ...host, finder: new ProcessFinder() };
  }

  preflight(cluster: Cluster): Promise<readonly Problem[]> {
    return hostProblems(this.#host, cluster);
  }

  async planSetup(): Promise<SetupPlan | undefined> {
    return planHostSetup(this.#host, (await readText("/etc/os-release")) ?? "");
  }

  inspect(cluster: Cluster): Promise<Inspection> {
    return inspectCluster(this.#host, cluster.name);
  }

  settle(cluster: Cluster): Promise<Cluster> {
    return settleCluster(this.#surroundings(cluster), cluster);
  }

  claim(cluster: Cluster, signal: AbortSignal): Promise<Cluster> {
    return claimCluster(this.#surroundings(cluster), cluster, signal);
  }

  prepare(cluster: Cluster, progress: StepProgress): Promise<string | undefined> {
    return prepareCluster(this.#host, cluster, progress);
  }

  create(cluster: Cluster, name: string): Promise<string> {
    return startMachine(this.#host, cluster, name);
  }

  async stop(cluster: Cluster, name: string, { signal }: StepProgress): Promise<string | undefined> {
    await refuseOthersCluster(clustersDirectory(this.#host.home), cluster);
    if (!findProcesses(cluster.name).has(name)) return "not running";
    await thawMachine(this.#host, cluster.name, name);
    const how = await powerOff({ ...this.#host, cluster: cluster.name, machine: name, signal });
    return how === "killed" ? "did not power off in time and was killed" : undefined;
  }

  async remove(cluster: Cluster, name: string): Promise<void> {
    await refuseOthersCluster(clustersDirectory(this.#host.home), cluster);
    await removeMachine(this.#host, cluster, name);
  }

  async kill(cluster: Cluster, name: string): Promise<void> {
    await refuseOthersCluster(clustersDirectory(this.#host.home), cluster);
    await thawMachine(this.#host, cluster.name, name);
    await killProcesses({ ...this.#host, cluster: cluster.name, machine: name });
  }

  async destroy(cluster: Cluster): Promise<void> {
    await refuseOthersCluster(clustersDirectory(this.#host.home), cluster);
    await destroyCluster(this.#host, cluster.name);
  }

  stateDirectory(cluster: Cluster): string {
    return clusterLayout(this.#host.home, cluster.name).directory;
  }

  login(cluster: Cluster, name: string): Promise<Login> {
    return machineLogin(this.#host, cluster, name);
  }

  connect(
    cluster: Cluster,
    name: string,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Remote> {
    return connectMachine(this.#host, cluster, { name, ...options });
  }

  #surroundings({ name }: Cluster): SubnetSurroundings {
    const { home, processes, warn, clock } = this.#host;
    const { bridge } = clusterLayout(home, name);
    const hostNetworks = () => findHostNetworks(processes, bridge);
    return { clusters: clustersDirectory(home), hostNetworks, warn, clock };
  }
}
