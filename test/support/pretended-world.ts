import type { MachineSpec } from "../../src/cluster/cluster.ts";
import { resolveCluster } from "../../src/cluster/resolve.ts";
import { parseConfig } from "../../src/cluster/parse-config.ts";
import { unwrap } from "../../src/failure.ts";
import type { Attempt } from "../../src/labs/progress.ts";
import { newAttempt } from "../../src/labs/progress.ts";
import { systemClock } from "../../src/system/system-clock.ts";
import { RoundWorld } from "../../src/labs/round-world.ts";
import type { HttpAnswer, World } from "../../src/labs/world.ts";
import { Refusal, ScriptedEngine, type ScriptedAnswer } from "./scripted-engine.ts";
import { ScriptedRemote, type ScriptedCall } from "./scripted-remote.ts";

export const labCluster = unwrap(resolveCluster(unwrap(parseConfig("", "swarmlab.yaml")), {})).cluster;

/** What machines answer during one round; what is not scripted fails. */
export interface Pretended {
  /** Answers of the manager by path: `/nodes`. */
  readonly manager?: Readonly<Record<string, ScriptedAnswer>>;
  readonly node1?: Readonly<Record<string, ScriptedAnswer>>;
  readonly node2?: Readonly<Record<string, ScriptedAnswer>>;
  /** Commands in order, by machine. */
  readonly commands?: Readonly<Record<string, readonly ScriptedCall[]>>;
  readonly http?: HttpAnswer;
  readonly attempt?: Partial<Attempt>;
  readonly rightAnswers?: Readonly<Record<string, number>>;
}

/** A manager that leads a swarm, and two workers; each as `GET /info` tells it. */
export const infos = {
  manager: {
    Swarm: { LocalNodeState: "active", NodeID: "m", ControlAvailable: true, Cluster: { ID: "swarm-1" } },
  },
  node1: { Swarm: { LocalNodeState: "active", NodeID: "w1" } },
  node2: { Swarm: { LocalNodeState: "active", NodeID: "w2" } },
};

const swarmOf = (name: string): ScriptedAnswer =>
  name === "manager" ? { ID: "swarm-1" } : new Refusal(503, "This node is not a swarm manager.");

/** The world of one round in a cluster of three. */
export function pretendWorld(its: Pretended): World {
  const { commands = {} } = its;
  const scripts = { manager: its.manager, node1: its.node1, node2: its.node2 };
  const engines = new Map(
    Object.entries(scripts).map(([name, answers]) => {
      const usual = { "/info": infos[name as keyof typeof infos], "/swarm": swarmOf(name) };
      const script = Object.entries({ ...usual, ...answers }).map(([path, answer]) => [
        `GET ${path}`,
        [answer],
      ]);
      return [name, new ScriptedEngine(name, Object.fromEntries(script) as Record<string, ScriptedAnswer[]>)];
    }),
  );
  const remotes = new Map(
    labCluster.machines.map(({ name }: MachineSpec) => [
      name,
      new ScriptedRemote(commands[name] ?? [], { machine: name }),
    ]),
  );
  const found = <Value>(map: ReadonlyMap<string, Value>, name: string): Promise<Value> => {
    const value = map.get(name);
    return value === undefined ? Promise.reject(new Error(`no machine ${name}`)) : Promise.resolve(value);
  };
  return new RoundWorld({
    cluster: labCluster,
    attempt: {
      ...newAttempt({
        nonce: "xyzxyz",
        startedAt: "2026-01-01T00:00:00.000Z",
        baseline: {
          clusterId: "swarm-0",
          workerTokenHash: "",
          managerTokenHash: "",
          trustRootHash: "",
          nodeIds: { manager: "m0", node1: "w1", node2: "w2" },
        },
      }),
      ...its.attempt,
    },
    clock: systemClock,
    rightAnswers: new Map(Object.entries(its.rightAnswers ?? {})),
    reach: {
      engine: (name) => found(engines, name),
      remote: (name) => found(remotes, name),
      get: () =>
        its.http === undefined ? Promise.reject(new Error("unscripted GET")) : Promise.resolve(its.http),
    },
    signal: new AbortController().signal,
  });
}

/** A node as `GET /nodes` tells it. */
export function nodeData(
  hostname: string,
  its: { readonly id: string; readonly addr: string } & Readonly<Record<string, unknown>>,
) {
  const { id, addr, role = "worker", availability = "active", state = "ready", labels = {}, manager } = its;
  return {
    ID: id,
    Version: { Index: 1 },
    Spec: { Role: role, Availability: availability, Labels: labels },
    Description: { Hostname: hostname },
    Status: { State: state, Addr: addr },
    ...(manager !== undefined && { ManagerStatus: manager }),
  };
}

/** The three nodes of a healthy cluster. */
export const threeNodes = [
  nodeData("manager", {
    id: "m",
    addr: "192.168.56.17",
    role: "manager",
    manager: { Leader: true, Reachability: "reachable", Addr: "192.168.56.17:2377" },
  }),
  nodeData("node1", { id: "w1", addr: "192.168.56.18" }),
  nodeData("node2", { id: "w2", addr: "192.168.56.19" }),
];
