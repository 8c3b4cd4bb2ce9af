import type { Cluster, MachineSpec } from "../cluster/cluster.ts";
import type { Standing } from "./judge-machines.ts";
import type { Observed, SwarmView } from "./membership.ts";

/** What the changes are planned from: nothing in `standings` forbids them, and locked machines have to leave. */
export interface Situation {
  readonly cluster: Cluster;
  readonly observed: Observed;
  /** The swarm to bring everything into; undefined: one has to be made. */
  readonly swarm: SwarmView | undefined;
  readonly standings: ReadonlyMap<MachineSpec, Standing>;
}
