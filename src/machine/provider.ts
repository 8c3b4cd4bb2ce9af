import type { Cluster, ProviderName } from "../cluster/cluster.ts";
import type { Problem } from "../failure.ts";
import type { FaultKind } from "../faults/fault.ts";
import type { Remote } from "../remote/remote.ts";
import type { StepProgress } from "../steps.ts";
import type { ProcessResult } from "../system/process-runner.ts";
import type { BundledBox } from "./bundle-manifest.ts";
import type { Bundle } from "./bundle.ts";

/**
 * `creating`: begun and not finished; `broken`: in part there. A machine that the provider does not own is `absent` until it
 * was taken into the cluster, and `unreachable` while it lets nobody in.
 */
export type MachineState = "absent" | "creating" | "stopped" | "running" | "broken" | "unreachable";

/** A machine as it really is. */
export interface Machine {
  readonly name: string;
  readonly state: MachineState;
  /** IPv4 address; undefined where the machine has none yet. */
  readonly address?: string;
  /** Why it is `broken` or `unreachable`. */
  readonly detail?: string;
  /** It is `broken` so that `create` does not cure it: only `remove` helps, and then `create`. */
  readonly beyondCreate?: true;
}

export interface ProviderCapabilities {
  /** `setup` can bring all that it needs on this computer: what `auto` falls back to where no provider is healthy. */
  readonly embedded: boolean;
  /** All that it does, looking included, needs root. */
  readonly needsRoot: boolean;
  /** It makes the machines, and they hold nothing of anybody else. Others are only taken into a cluster: `auto` never does that, and they are given back as they were. */
  readonly ownsMachines: boolean;
}

/** What this host lacks, and what brings it. */
export interface SetupPlan {
  /** Commands that would be executed, each as argv. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  /** The same in words, for systems whose package manager is not driven: one line each. */
  readonly instructions: readonly string[];
}

/** A cluster as it really is on this host. */
export interface Inspection {
  /** IPv4 CIDR; undefined where there is nothing of the cluster yet. */
  readonly subnet?: string;
  readonly machines: readonly Machine[];
  /** Factor for the limits of waits for its machines, which are slower than usual; undefined: 1. */
  readonly patience?: number;
}

/** How SSH clients reach a machine. */
export interface Login {
  /** Host name or IPv4 address, as seen from this computer. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Path of the private key; undefined: the person's SSH agent has it. */
  readonly identityFile?: string;
  /** The host keys that are accepted, each as a public key line. */
  readonly hostKey: string | readonly string[];
  /** What it is reached through, as ssh_config(5) has it for `ProxyJump`. */
  readonly jump?: string;
}

/** Carries the box to other computers; a bundle holds it. */
export interface BoxCarrier {
  /** A directory for what takes much room while a bundle is made; it need not exist. */
  readonly workDirectory: string;
  /** Name of the box's part in a bundle. */
  readonly part: string;
  /** Makes the box of this cluster unless it is there. Idempotent. @throws FailureError `usage` where the cluster names its own box. */
  ensureBox(cluster: Cluster, progress: StepProgress): Promise<string | undefined>;
  /** What a box for this cluster is on this host. */
  describe(cluster: Cluster): Promise<BundledBox>;
  /** Writes the box, which is there, to a file as the part of a bundle. */
  pack(cluster: Cluster, file: string, progress: StepProgress): Promise<void>;
  /** The same provider, to which the bundle brings the box where it is not there yet. @throws FailureError `bundle` where this cluster needs another box here; `usage` where it names its own. */
  withBundle(cluster: Cluster, bundle: Bundle): Promise<Provider>;
}
/** A login with a key of its own. */
export type KeyLogin = Login & { readonly identityFile: string };

/** Makes boxes out of machines. */
export interface BoxBaker {
  /** The cluster with the box that a baked one is made from, its version pinned; and whether new machines will start from the baked one by themselves. */
  base(cluster: Cluster): { readonly cluster: Cluster; readonly preferred: boolean };
  /**
   * Makes a box of a running machine, which ends with it. `strip` takes away what must differ between clones; the machine lets nobody in after it.
   * Returns the box's name.
   */
  bake(
    cluster: Cluster,
    name: string,
    work: { readonly remote: Remote; readonly strip: () => Promise<void>; readonly progress: StepProgress },
  ): Promise<string>;
}

/** A snapshot of a whole cluster: all of its machines, of one moment in which none of them ran. */
export interface Snapshot {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly savedAt: string;
  /** Names, managers first. */
  readonly machines: readonly string[];
  /** Room that it takes; undefined: only the hypervisor knows. */
  readonly bytes?: number;
}

/** Makes the unlock key of a restored swarm the lab's own; undefined: that swarm had none. */
export type Adopt = (unlockKey: string | undefined) => Promise<void>;

/**
 * Keeps snapshots of clusters; `destroy` takes them away too. What changes something is done while no machine of the cluster runs and under the cluster's lock. A call that
 * is broken off, however that comes, leaves the cluster as before or the snapshot to be restored to the end: `finish` does the rest.
 * All but `unfinished` throw FailureError `name-taken` for a cluster of another lab directory.
 */
export interface SnapshotKeeper {
  /** Those that are whole, the oldest first. Waits for nobody. */
  list(cluster: Cluster): Promise<readonly Snapshot[]>;
  /**
   * Returns if the cluster can be saved now, or this snapshot of it restored. Machines may run.
   * @throws FailureError `prerequisite` where there is no room, `usage` where its machines are not the snapshot's.
   */
  refuse(cluster: Cluster, snapshot: Snapshot | undefined): Promise<void>;
  /** What a call has begun and not finished: a restore that has passed the point of no return, or something else. */
  unfinished(cluster: Cluster): Promise<"restore" | "other" | undefined>;
  /** Finishes such a restore, and takes away all else that was begun. Idempotent. */
  finish(cluster: Cluster, its: { readonly adopt: Adopt; readonly progress: StepProgress }): Promise<void>;
  /** `machines`: those that exist; no snapshot has the name. @throws FailureError `disk-full` */
  save(
    cluster: Cluster,
    its: {
      readonly name: string;
      readonly machines: readonly string[];
      /** Of the swarm, where it has one. */
      readonly unlockKey?: string;
      readonly progress: StepProgress;
    },
  ): Promise<Snapshot>;
  /** Replaces the machines by those of a snapshot that is there; they are not started. @throws FailureError `disk-full` */
  restore(
    cluster: Cluster,
    its: { readonly name: string; readonly adopt: Adopt; readonly progress: StepProgress },
  ): Promise<void>;
  /** Removes a snapshot that is there. Machines may run. */
  delete(cluster: Cluster, its: { readonly name: string; readonly progress: StepProgress }): Promise<void>;
}

/** Breaks and heals machines from this computer, so that it works on machines that do not answer. */
export interface OutsideFaults {
  /** Why faults of a kind cannot be on these machines, each as a sentence. */
  readonly impossible: Readonly<Partial<Record<FaultKind, string>>>;
  /** Runs a command as root where a machine's links are, whether it runs or not; undefined: there are no links of it. */
  onLinks(
    cluster: Cluster,
    name: string,
    argv: readonly [string, ...string[]],
  ): Promise<ProcessResult | undefined>;
  /** Stops all that runs on a machine where it is. Idempotent. */
  pause(cluster: Cluster, name: string): Promise<void>;
  /** Has a machine go on. Idempotent; does nothing where it is not paused or does not run. */
  resume(cluster: Cluster, name: string): Promise<void>;
  /** Has a process of this computer run a command after that time, whoever else is gone by then. `log`: where its output goes. */
  healLater(
    cluster: Cluster,
    its: {
      readonly id: string;
      readonly seconds: number;
      readonly argv: readonly [string, ...string[]];
      readonly log: string;
    },
  ): Promise<void>;
  /** Ends that process while it waits. Idempotent. */
  endHealer(cluster: Cluster, id: string): Promise<void>;
}

/** A backend that makes machines exist. It knows nothing about Docker or Swarm. */
export interface Provider {
  readonly name: ProviderName;
  readonly capabilities: ProviderCapabilities;
  /** What stands in the way of this cluster on this host, each with its cure; empty: nothing. */
  preflight(cluster: Cluster): Promise<readonly Problem[]>;
  /** What `setup` would do on this host; `undefined`: nothing is missing. */
  planSetup(): Promise<SetupPlan | undefined>;
  /**
   * Where and as what this cluster exists already: its subnet and machines as observed, including ones the cluster does not ask for.
   * @throws FailureError where it has some of this cluster's and cannot look at them
   */
  inspect(cluster: Cluster): Promise<Inspection>;
  /** The cluster with the subnet it can really have. Throws `subnet-taken`, `name-taken`. Changes nothing. */
  settle(cluster: Cluster): Promise<Cluster>;
  /** As `settle`, and the name and the subnet are the cluster's from now on. Idempotent. */
  claim(cluster: Cluster, signal: AbortSignal): Promise<Cluster>;
  /** The Vagrantfile of this cluster; only providers that have one. */
  render?(cluster: Cluster): Promise<string>;
  /** What the machines start from, and what bakes a new one; only providers whose machines start from a box that lacks the engine. */
  readonly baker?: BoxBaker;
  /** What breaks machines from outside; where there is none, it is done on the machines themselves. */
  readonly faults?: OutsideFaults;
  /** What brings the box to computers without a network; only providers that can. */
  readonly carrier?: BoxCarrier;
  /** What saves and restores whole clusters; only providers that own their machines. */
  readonly snapshots?: SnapshotKeeper;
  /** Where what belongs to this cluster alone is kept on this host: from `claim` on it is there, and it goes with `destroy`. Only its owner reads it. */
  stateDirectory(cluster: Cluster): string;
  /** Makes what all machines share: the box, the network. Idempotent. */
  prepare(cluster: Cluster, progress: StepProgress): Promise<string | undefined>;
  /** Makes one machine exist and start. Idempotent. What is asked for at the same moment may be done together. */
  create(cluster: Cluster, name: string, progress: StepProgress): Promise<string | undefined>;
  /** Stops one machine in an orderly way; what it holds is kept. Idempotent. */
  stop(cluster: Cluster, name: string, progress: StepProgress): Promise<string | undefined>;
  /** Removes one machine of the cluster with all that it holds, or forgets one that was given back; the others stay as they are. Idempotent. Throws `leftovers`. */
  remove(cluster: Cluster, name: string, progress: StepProgress): Promise<void>;
  /** Ends one machine at once, as a power cut does; only providers that can. Idempotent. */
  kill?(cluster: Cluster, name: string, progress: StepProgress): Promise<void>;
  /** Removes all that is really there of the cluster and verifies that nothing is left. Throws `leftovers`. Idempotent. */
  destroy(cluster: Cluster, progress: StepProgress): Promise<void>;
  /** How a running machine is reached. */
  login(cluster: Cluster, name: string, signal: AbortSignal): Promise<Login>;
  /** A connection to a running machine; waits for SSH to answer until `timeoutMs`. */
  connect(
    cluster: Cluster,
    name: string,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Remote>;
}
