import { setTimeout as sleep } from "node:timers/promises";
import type { Latencies } from "./latencies.ts";

interface Node {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly role: "manager" | "worker";
}

interface Answer {
  readonly status: number;
  readonly value?: unknown;
}

/** The Docker daemons of a cluster and the swarm that they form, in memory. A manager lets machines in one after another. */
export class SimulatedSwarm {
  readonly #latencies: Latencies;
  readonly #addresses: ReadonlyMap<string, string>;
  readonly #nodes = new Map<string, Node>();
  #admission: Promise<unknown> = Promise.resolve();
  #labels: unknown = {};

  /** `addresses`: by machine name, the manager's first. */
  constructor(latencies: Latencies, addresses: ReadonlyMap<string, string>) {
    this.#latencies = latencies;
    this.#addresses = addresses;
  }

  /** What a machine's daemon answers; every request that `up` of a new cluster does not make is refused. */
  async answer(machine: string, request: string, body: unknown): Promise<Answer> {
    const { answer, init, join } = this.#latencies;
    switch (request) {
      case "POST /swarm/init":
        await sleep(init);
        this.#labels = labelsIn(body);
        this.#enter(machine, "manager");
        return { status: 200, value: "manager" };
      case "POST /swarm/join":
        await Promise.all([sleep(join), this.#admit()]);
        this.#enter(machine, "worker");
        return { status: 200 };
    }
    await sleep(answer);
    const value = this.#look(machine, request);
    return value === undefined
      ? { status: 501, value: { message: `not simulated: ${request}` } }
      : { status: 200, value };
  }

  #admit(): Promise<unknown> {
    this.#admission = this.#admission.then(() => sleep(this.#latencies.admit));
    return this.#admission;
  }

  #enter(name: string, role: Node["role"]): void {
    const address = this.#addresses.get(name) ?? "";
    this.#nodes.set(name, { id: `node-${name}`, name, address, role });
  }

  #look(machine: string, request: string): unknown {
    if (request === "GET /info") return this.#info(machine);
    if (request === "GET /networks/ingress")
      return { Containers: { "ingress-sbox": { IPv4Address: "10.0.0.2/24" } } };
    if (request === "GET /swarm")
      return {
        ID: "swarm",
        Version: { Index: 1 },
        Spec: { Name: "default", Labels: this.#labels },
        JoinTokens: { Worker: "worker", Manager: "manager" },
      };
    if (request === "GET /nodes") return [...this.#nodes.values()].map(nodeObject);
    const id = /^GET \/nodes\/(.+)$/.exec(request)?.[1];
    const node = [...this.#nodes.values()].find((each) => each.id === id);
    return node && nodeObject(node);
  }

  #info(machine: string): unknown {
    const node = this.#nodes.get(machine);
    const isManager = node?.role === "manager";
    return {
      ID: `engine-${machine}`,
      ServerVersion: "20.10.24",
      Swarm: node
        ? {
            LocalNodeState: "active",
            NodeID: node.id,
            NodeAddr: node.address,
            ControlAvailable: isManager,
            RemoteManagers: [...this.#nodes.values()]
              .filter(({ role }) => role === "manager")
              .map(({ id, address }) => ({ NodeID: id, Addr: `${address}:2377` })),
            ...(isManager && { Cluster: { ID: "swarm" } }),
          }
        : { LocalNodeState: "inactive" },
    };
  }
}

/** About as long as a real one: a node tells its platform, resources and plugins. */
function nodeObject({ id, name, address, role }: Node): unknown {
  const isManager = role === "manager";
  return {
    ID: id,
    Version: { Index: 9 },
    Spec: { Role: role, Availability: "active", Labels: {} },
    Description: {
      Hostname: name,
      Engine: { Plugins: Array.from({ length: 25 }, (_, i) => ({ Type: "Log", Name: `plugin${i}` })) },
    },
    Status: { State: "ready", Addr: address },
    ...(isManager && { ManagerStatus: { Leader: true, Reachability: "reachable", Addr: `${address}:2377` } }),
  };
}

function labelsIn(body: unknown): unknown {
  const spec = typeof body === "object" && body !== null && "Spec" in body ? body.Spec : undefined;
  return typeof spec === "object" && spec !== null && "Labels" in spec ? spec.Labels : {};
}
