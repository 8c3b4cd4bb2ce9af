import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import type { Problem } from "../../failure.ts";
import type { Remote } from "../../remote/remote.ts";
import type { StepProgress } from "../../steps.ts";
import { refuseOthersCluster } from "../cluster-record.ts";
import { keepSnapshots } from "../keep-snapshots.ts";
import type {
  BoxBaker,
  Inspection,
  Login,
  Provider,
  ProviderCapabilities,
  SetupPlan,
  SnapshotKeeper,
} from "../provider.ts";
import { claimCluster, settleCluster, type SubnetSurroundings } from "../settle-cluster.ts";
import { bakeMachine, baseOf } from "./bake-machine.ts";
import { Batch } from "./batch.ts";
import { bringUp } from "./bring-up.ts";
import { connectMachine, machineLogin } from "./connect-machine.ts";
import { destroyCluster } from "./destroy-cluster.ts";
import { haltMachines } from "./halt-machines.ts";
import { inspectCluster, orphanProblems } from "./inspect-cluster.ts";
import { clustersDirectory, vagrantLayout } from "./layout.ts";
import { networksInUse } from "./link-problems.ts";
import { MachineLogins } from "./machine-logins.ts";
import { prepareCluster, renderCluster } from "./prepare-cluster.ts";
import { removeMachines } from "./remove-machines.ts";
import { planVagrantSetup } from "./setup-plan.ts";
import { vagrantMedium } from "./snapshot-medium.ts";
import type { VagrantHost } from "./vagrant-host.ts";
import { vagrantProblems } from "./vagrant-problems.ts";

interface Asked {
  readonly name: string;
  readonly progress: StepProgress;
}

/** What is asked of one cluster's machines, gathered so that Vagrant is called once for many. */
interface Batches {
  readonly create: Batch<Asked, string>;
  readonly stop: Batch<Asked, string | undefined>;
  readonly remove: Batch<Asked, undefined>;
  readonly kill: Batch<Asked, string | undefined>;
  readonly logins: MachineLogins;
}

/** Longer than a boot may take by the Vagrantfile, of which Vagrant says nothing while it waits. */
const patienceMs = 15 * 60_000;

/** Machines as VMs of one hypervisor, through Vagrant. */
export class VagrantProvider implements Provider {
  readonly name: VagrantProviderName;
  readonly capabilities: ProviderCapabilities = { needsRoot: false, embedded: false, ownsMachines: true };
  readonly snapshots: SnapshotKeeper;
  readonly #host: VagrantHost;
  readonly #silenceMs: number;
  readonly #batches = new Map<string, Batches>();

  constructor(name: VagrantProviderName, host: VagrantHost, silenceMs = patienceMs) {
    this.name = name;
    this.snapshots = keepSnapshots(vagrantMedium(host, name));
    this.#host = host;
    this.#silenceMs = silenceMs;
  }

  async preflight(cluster: Cluster): Promise<readonly Problem[]> {
    const problems = await vagrantProblems(this.#host, this.name, cluster);
    // A hypervisor that is not well may not tell what it has.
    if (problems.some(({ severity }) => severity === "error")) return problems;
    return [...problems, ...(await orphanProblems(this.#host, this.name, cluster))];
  }

  planSetup(): Promise<SetupPlan | undefined> {
    return planVagrantSetup(this.#host, this.name);
  }

  inspect(cluster: Cluster): Promise<Inspection> {
    return inspectCluster(this.#host, this.name, cluster);
  }

  settle(cluster: Cluster): Promise<Cluster> {
    return settleCluster(this.#surroundings(), cluster);
  }

  claim(cluster: Cluster, signal: AbortSignal): Promise<Cluster> {
    return claimCluster(this.#surroundings(), cluster, signal);
  }

  render(cluster: Cluster): Promise<string> {
    return renderCluster(this.#host, this.name, cluster);
  }

  get baker(): BoxBaker {
    const [host, provider] = [this.#host, this.name];
    return {
      base: (cluster) => baseOf(host, provider, cluster),
      bake: (cluster, name, work) => bakeMachine({ host, provider, cluster, name, ...work }),
    };
  }

  async prepare(cluster: Cluster, progress: StepProgress): Promise<string | undefined> {
    await refuseOthersCluster(clustersDirectory(this.#host.home, this.name), cluster);
    return prepareCluster(this.#host, this.name, cluster, progress);
  }

  create(cluster: Cluster, name: string, progress: StepProgress): Promise<string> {
    return this.#batchesOf(cluster).create.request({ name, progress });
  }

  async stop(cluster: Cluster, name: string, progress: StepProgress): Promise<string | undefined> {
    await refuseOthersCluster(clustersDirectory(this.#host.home, this.name), cluster);
    return this.#batchesOf(cluster).stop.request({ name, progress });
  }

  async remove(cluster: Cluster, name: string, progress: StepProgress): Promise<void> {
    await refuseOthersCluster(clustersDirectory(this.#host.home, this.name), cluster);
    return this.#batchesOf(cluster).remove.request({ name, progress });
  }

  async kill(cluster: Cluster, name: string, progress: StepProgress): Promise<void> {
    await refuseOthersCluster(clustersDirectory(this.#host.home, this.name), cluster);
    await this.#batchesOf(cluster).kill.request({ name, progress });
  }

  async destroy(cluster: Cluster, progress: StepProgress): Promise<void> {
    await refuseOthersCluster(clustersDirectory(this.#host.home, this.name), cluster);
    await destroyCluster(this.#host, this.name, cluster, progress);
  }

  stateDirectory(cluster: Cluster): string {
    return vagrantLayout(this.#host.home, this.name, cluster.name).directory;
  }

  login(cluster: Cluster, name: string, signal: AbortSignal): Promise<Login> {
    const layout = vagrantLayout(this.#host.home, this.name, cluster.name);
    const { logins } = this.#batchesOf(cluster);
    return machineLogin({ layout, logins, name, signal });
  }

  connect(
    cluster: Cluster,
    name: string,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Remote> {
    const layout = vagrantLayout(this.#host.home, this.name, cluster.name);
    const { logins } = this.#batchesOf(cluster);
    return connectMachine({ clock: this.#host.clock, layout, logins, name, ...options });
  }

  #surroundings(): SubnetSurroundings {
    const { home, facts, warn, clock } = this.#host;
    const hostNetworks = () => Promise.resolve(networksInUse(facts, this.name));
    return { clusters: clustersDirectory(home, this.name), hostNetworks, warn, clock };
  }

  #batchesOf(cluster: Cluster): Batches {
    const known = this.#batches.get(cluster.name);
    if (known !== undefined) return known;
    const [host, provider] = [this.#host, this.name];
    const layout = vagrantLayout(host.home, provider, cluster.name);
    const logins = new MachineLogins(host, provider, layout);
    const work = { host, provider, layout, cluster, logins, silenceMs: this.#silenceMs };
    const batches: Batches = {
      create: new Batch((items) => bringUp(work, items)),
      stop: new Batch((items) => haltMachines(work, items)),
      remove: new Batch((items) => removeMachines(work, items)),
      kill: new Batch((items) => haltMachines(work, items, "at once")),
      logins,
    };
    this.#batches.set(cluster.name, batches);
    return batches;
  }
}
