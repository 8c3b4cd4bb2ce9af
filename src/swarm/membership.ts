import type { Role } from "../cluster/cluster.ts";
import type { EngineSwarmInfo } from "../docker/engine.ts";

/** One entry of a swarm's node list, as a manager tells it. */
export interface NodeView {
  readonly id: string;
  /** `Version.Index`; grows with each change of the entry. */
  readonly version: number;
  readonly hostname: string;
  readonly role: Role;
  readonly availability: string;
  readonly state: "unknown" | "down" | "ready" | "disconnected";
  /** IPv4 address without port; empty while the node has not reported one. */
  readonly addr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly leader: boolean;
  /** Undefined for nodes that are no member of the raft group. */
  readonly reachability: "unknown" | "unreachable" | "reachable" | undefined;
}

/** A swarm as one of its managers tells it. */
export interface SwarmView {
  readonly clusterId: string;
  /** Labels of the swarm itself. */
  readonly labels: Readonly<Record<string, string>>;
  readonly nodes: readonly NodeView[];
}

/** What the daemons say about swarms. Machines that were not asked are absent. */
export interface Observed {
  /** By machine name: the daemon's own word. */
  readonly memberships: ReadonlyMap<string, EngineSwarmInfo>;
  /** One for each swarm of which a manager answers, in the order of the machines. */
  readonly swarms: readonly SwarmView[];
  /** By machine name: what a manager answered that could not tell about its swarm (no leader). */
  readonly silentManagers: ReadonlyMap<string, string>;
}
