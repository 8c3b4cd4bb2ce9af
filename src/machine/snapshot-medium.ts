import type { Cluster } from "../cluster/cluster.ts";
import type { StepProgress } from "../steps.ts";
import type { Snapshot } from "./provider.ts";

/** What differs between providers. The cluster's machines are stopped. */
export interface SnapshotMedium {
  /** The directory that belongs to the cluster alone. */
  stateDirectory(cluster: Cluster): string;
  /** As `SnapshotKeeper.refuse`. */
  refuse(cluster: Cluster, snapshot: Snapshot | undefined): Promise<void>;
  /** Saves the machines, as files below `directory` or elsewhere under this name. Returns the bytes that they take, where they can be told. */
  save(its: MediumWork): Promise<number | undefined>;
  /** Makes the cluster's new files in `into` from those of the snapshot in `directory`; each entry there will replace the one of its name. */
  prepare(its: MediumWork & { readonly into: string }): Promise<void>;
  /** Puts back what is kept elsewhere, and takes away what does not fit what was restored. Idempotent: what was broken off is done again. */
  revert(its: MediumWork): Promise<void>;
  /** Removes what a snapshot, whole or in part, has elsewhere. Idempotent. */
  discard(its: MediumWork): Promise<void>;
  /** After `discard` failed: whether nothing of it was removed. */
  isWhole(its: MediumWork): Promise<boolean>;
}

export interface MediumWork {
  readonly cluster: Cluster;
  readonly name: string;
  /** The directory of the snapshot. */
  readonly directory: string;
  readonly progress: StepProgress;
}
