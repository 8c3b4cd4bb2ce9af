import type { Cluster, MachineSpec, SwarmSpec } from "../../../src/cluster/cluster.ts";
import type { EngineSwarmInfo } from "../../../src/docker/engine.ts";
import type { NodeView, Observed, SwarmView } from "../../../src/swarm/membership.ts";
import { clusterLabel } from "../../../src/swarm/our-swarm.ts";
import type { Clock } from "../../../src/system/clock.ts";

/** A machine by its name: `manager2` is a manager at 10.99.0.12, `node2` a worker at 10.99.0.22. */
export function machineOf(name: string, rest: Partial<MachineSpec> = {}): MachineSpec {
  const role = name.startsWith("manager") ? "manager" : "worker";
  return { name, role, address: addressOf(name), labels: {}, daemon: {}, ...rest };
}

export function addressOf(name: string): string {
  return `10.99.0.${(name.startsWith("manager") ? 10 : 20) + Number(/\d*$/.exec(name)?.[0])}`;
}

export function clusterOf(machines: readonly MachineSpec[], swarm: Partial<SwarmSpec> = {}): Cluster {
  return {
    name: "demo",
    provider: "auto",
    subnet: "10.99.0.0/24",
    subnetChosen: false,
    docker: { channel: "distribution" },
    tcp: "tls",
    daemon: { all: {}, byRole: {}, byMachine: {} },
    swarm: { addressPools: [], autolock: false, ...swarm },
    machines,
  };
}

export function membershipWith(rest: Partial<EngineSwarmInfo> = {}): EngineSwarmInfo {
  return {
    state: "inactive",
    nodeId: "",
    nodeAddr: "",
    controlAvailable: false,
    error: "",
    clusterId: "",
    remoteManagers: [],
    ...rest,
  };
}

/** An active member `id-NAME` that follows the managers at these addresses. */
export const activeAs = (nodeId: string, ...remotes: readonly string[]): EngineSwarmInfo =>
  membershipWith({
    state: "active",
    nodeId,
    remoteManagers: remotes.map((addr) => ({ nodeId: "", addr: `${addr}:2377` })),
  });

export function nodeOf(hostname: string, rest: Partial<NodeView> = {}): NodeView {
  const role = rest.role ?? (hostname.startsWith("manager") ? "manager" : "worker");
  return {
    id: `id-${hostname}`,
    version: 1,
    hostname,
    role,
    availability: "active",
    state: "ready",
    addr: addressOf(hostname),
    labels: {},
    leader: false,
    reachability: role === "manager" ? "reachable" : undefined,
    ...rest,
  };
}

export function swarmOf(nodes: readonly NodeView[], rest: Partial<SwarmView> = {}): SwarmView {
  return { clusterId: "c1", labels: { [clusterLabel]: "demo" }, nodes, ...rest };
}

/** Memberships by machine name; managers of the views get their `controlAvailable` and cluster ID from there. */
export function observedOf(
  memberships: Readonly<Record<string, EngineSwarmInfo>>,
  swarms: readonly SwarmView[] = [],
  silentManagers: ReadonlyMap<string, string> = new Map(),
): Observed {
  const resolved = Object.entries(memberships).map(([name, its]) => {
    const swarm = swarms.find(({ nodes }) => nodes.some((n) => n.id === its.nodeId && n.role === "manager"));
    return [name, swarm ? { ...its, controlAvailable: true, clusterId: swarm.clusterId } : its] as const;
  });
  return { memberships: new Map(resolved), swarms, silentManagers };
}

/** Time that passes only by sleeping. */
export class SleepClock implements Clock {
  #ms = 0;

  nowMs(): number {
    return this.#ms;
  }

  sleep(ms: number): Promise<void> {
    this.#ms += ms;
    return Promise.resolve();
  }
}
