import type { Cluster, Role } from "../../src/cluster/cluster.ts";
import type { EngineSwarmInfo } from "../../src/docker/engine.ts";
import type { NodeView, Observed, SwarmView } from "../../src/swarm/membership.ts";
import { clusterLabel } from "../../src/swarm/our-swarm.ts";
import type { SwarmAction } from "../../src/swarm/swarm-action.ts";

/** One daemon of the model. */
export interface ModelDaemon {
  state: EngineSwarmInfo["state"];
  swarm: string;
  nodeId: string;
  /** Addresses of the managers that it knows. */
  remotes: readonly string[];
}

/** One entry of a swarm's node list. */
export interface ModelNode {
  hostname: string;
  role: Role;
  addr: string;
  labels: Readonly<Record<string, string>>;
  /** A machine outside the model stands behind it. */
  readonly isElsewhere?: boolean;
}

export interface ModelSwarmState {
  labels: Readonly<Record<string, string>>;
  readonly nodes: Map<string, ModelNode>;
}

/** Swarm daemons in memory, with the semantics of real ones; throws where a real one refuses, and where real harm would come. */
export class ModelSwarm {
  readonly cluster: Cluster;
  readonly daemons: Map<string, ModelDaemon>;
  readonly swarms: Map<string, ModelSwarmState>;
  #next = 1;

  constructor(start: {
    readonly cluster: Cluster;
    readonly daemons: Map<string, ModelDaemon>;
    readonly swarms: Map<string, ModelSwarmState>;
  }) {
    this.cluster = start.cluster;
    this.daemons = start.daemons;
    this.swarms = start.swarms;
    this.#settle();
  }

  observe(): Observed {
    const memberships = new Map([...this.daemons].map(([name, daemon]) => [name, this.#info(daemon)]));
    const managers = [...this.daemons].filter(([, daemon]) => this.#isManager(daemon));
    const led = managers.filter(([, { swarm }]) => this.hasLeader(swarm));
    const silent = managers.filter(([, { swarm }]) => !this.hasLeader(swarm));
    return {
      memberships,
      swarms: [...new Set(led.map(([, { swarm }]) => swarm))].map((id) => this.#view(id)),
      silentManagers: new Map(silent.map(([name]) => [name, "The swarm does not have a leader."])),
    };
  }

  apply(action: SwarmAction): void {
    switch (action.kind) {
      case "unlock":
        this.#daemon(action.machine).state = "active";
        break;
      case "leave":
        this.#leave(action.machine, action.force);
        break;
      case "init":
        this.#init(action.machine);
        break;
      case "force-new-cluster":
        this.#forceNewCluster(action.machine);
        break;
      case "join":
        this.#join(action.machine, action.role);
        break;
      case "promote":
      case "demote":
        this.#node(action.machine).role = action.kind === "promote" ? "manager" : "worker";
        this.#requireLeader();
        break;
      case "drain":
        this.#node(action.machine);
        break;
      case "remove-node":
        this.#remove(action.nodeId);
        break;
      case "update-node": {
        const node = this.#node(action.machine);
        node.labels = { ...node.labels, ...action.labels };
        break;
      }
      case "label-swarm": {
        const swarm = this.#swarm(this.#requireLeader());
        swarm.labels = { ...swarm.labels, [clusterLabel]: this.cluster.name };
      }
    }
    this.#settle();
  }

  /** More than half of the managers run. */
  hasLeader(swarm: string): boolean {
    const managers = [...this.#swarm(swarm).nodes].filter(([, { role }]) => role === "manager");
    return managers.filter(([id]) => this.#isRunning(swarm, id)).length * 2 > managers.length;
  }

  #leave(machine: string, force: boolean): void {
    const daemon = this.#daemon(machine);
    if (!force && (this.#isManager(daemon) || daemon.state === "locked"))
      throw new Error(`${machine} is a manager`);
    Object.assign(daemon, { state: "inactive", swarm: "", nodeId: "", remotes: [] });
  }

  #init(machine: string): void {
    this.#requireInactive(machine);
    const swarm = `new${this.#next++}`;
    this.swarms.set(swarm, { labels: { [clusterLabel]: this.cluster.name }, nodes: new Map() });
    this.#enter(machine, "manager", swarm);
  }

  #join(machine: string, role: Role): void {
    this.#requireInactive(machine);
    this.#enter(machine, role, this.#requireLeader());
    this.#requireLeader();
  }

  #enter(machine: string, role: Role, swarm: string): void {
    const nodeId = `id${this.#next++}`;
    const addr = this.#address(machine);
    this.#swarm(swarm).nodes.set(nodeId, { hostname: machine, role, addr, labels: {} });
    const remotes = this.#managerAddresses(swarm);
    Object.assign(this.#daemon(machine), { state: "active", swarm, nodeId, remotes });
  }

  #forceNewCluster(machine: string): void {
    const daemon = this.#daemon(machine);
    if (!this.#isManager(daemon)) throw new Error(`${machine} is no manager: the daemon would hang`);
    for (const [id, node] of this.#swarm(daemon.swarm).nodes) {
      if (id === daemon.nodeId) node.addr = this.#address(machine);
      else node.role = "worker";
    }
  }

  #remove(nodeId: string): void {
    const nodes = this.#swarm(this.#requireLeader()).nodes;
    const swarm = this.#requireLeader();
    if (this.#isRunning(swarm, nodeId)) throw new Error(`${nodeId} is alive`);
    nodes.delete(nodeId);
  }

  /** Followers learn the managers' addresses for as long as they reach one. */
  #settle(): void {
    for (const daemon of this.daemons.values()) {
      if (this.#follows(daemon)) daemon.remotes = this.#managerAddresses(daemon.swarm);
    }
  }

  #follows(daemon: ModelDaemon): boolean {
    if (daemon.state !== "active" || !this.swarms.has(daemon.swarm)) return false;
    if (!this.#swarm(daemon.swarm).nodes.has(daemon.nodeId)) return false;
    return (
      this.#isManager(daemon) || this.#managerAddresses(daemon.swarm).some((a) => daemon.remotes.includes(a))
    );
  }

  #managerAddresses(swarm: string): readonly string[] {
    return [...this.#swarm(swarm).nodes.values()].flatMap(({ role, addr }) =>
      role === "manager" ? [addr] : [],
    );
  }

  #isManager(daemon: ModelDaemon): boolean {
    return (
      daemon.state === "active" && this.swarms.get(daemon.swarm)?.nodes.get(daemon.nodeId)?.role === "manager"
    );
  }

  #isRunning(swarm: string, nodeId: string): boolean {
    if (this.#swarm(swarm).nodes.get(nodeId)?.isElsewhere) return true;
    return [...this.daemons.values()].some(
      (daemon) => daemon.swarm === swarm && daemon.nodeId === nodeId && this.#follows(daemon),
    );
  }

  #info(daemon: ModelDaemon): EngineSwarmInfo {
    const isManager = this.#isManager(daemon);
    const isOpen = daemon.state !== "error" && daemon.state !== "locked";
    return {
      state: daemon.state,
      nodeId: isOpen ? daemon.nodeId : "",
      nodeAddr: "",
      controlAvailable: isManager,
      error: daemon.state === "error" ? "it went wrong" : "",
      clusterId: isManager && this.hasLeader(daemon.swarm) ? daemon.swarm : "",
      remoteManagers: isOpen
        ? daemon.remotes.map((addr) => ({ nodeId: `at ${addr}`, addr: `${addr}:2377` }))
        : [],
    };
  }

  #view(swarm: string): SwarmView {
    const { labels, nodes } = this.#swarm(swarm);
    return {
      clusterId: swarm,
      labels,
      nodes: [...nodes].map(([id, { hostname, role, addr, labels: nodeLabels }]): NodeView => {
        const isRunning = this.#isRunning(swarm, id);
        const reachability = isRunning ? "reachable" : "unreachable";
        return {
          id,
          version: 1,
          hostname,
          role,
          availability: "active",
          state: isRunning ? "ready" : "down",
          addr,
          labels: nodeLabels,
          leader: false,
          reachability: role === "manager" ? reachability : undefined,
        };
      }),
    };
  }

  /** The one swarm that has a leader: an action that could reach another one is a mistake of the plan. */
  #requireLeader(): string {
    const managers = [...this.daemons.values()].filter((daemon) => this.#isManager(daemon));
    const led = new Set(managers.map(({ swarm }) => swarm).filter((swarm) => this.hasLeader(swarm)));
    const [swarm] = led;
    if (swarm === undefined || led.size > 1) throw new Error(`${led.size} swarms have a leader`);
    return swarm;
  }

  #requireInactive(machine: string): void {
    if (this.#daemon(machine).state !== "inactive") throw new Error(`${machine} is already part of a swarm`);
  }

  #daemon(machine: string): ModelDaemon {
    return present(this.daemons.get(machine), machine);
  }

  #node(machine: string): ModelNode {
    const { swarm, nodeId } = this.#daemon(machine);
    return present(this.#swarm(swarm).nodes.get(nodeId), machine);
  }

  #swarm(id: string): ModelSwarmState {
    return present(this.swarms.get(id), id);
  }

  #address(machine: string): string {
    return present(
      this.cluster.machines.find(({ name }) => name === machine),
      machine,
    ).address;
  }
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the model has no ${what}`);
  return value;
}
