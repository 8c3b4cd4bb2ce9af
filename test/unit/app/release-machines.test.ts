import { describe, expect, it } from "vitest";
import type { Connections } from "../../../src/app/connections.ts";
import type { Lab } from "../../../src/app/open-lab.ts";
import { releaseMachines } from "../../../src/app/release-machines.ts";
import { removeMachines } from "../../../src/app/remove-machines.ts";
import { surveyMachines } from "../../../src/app/survey-machines.ts";
import type { Context } from "../../../src/context.ts";
import { imageCachePaths } from "../../../src/docker/image-cache.ts";
import { FailureError } from "../../../src/failure.ts";
import type { Machine, Provider } from "../../../src/machine/provider.ts";
import type { Remote } from "../../../src/remote/remote.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";
import { ScriptedRemote, type ScriptedCall } from "../../support/scripted-remote.ts";
import { clusterOf } from "../../support/vagrant-hosts.ts";
import { infoOf, nodeData, swarmData } from "../swarm/engine-answers.ts";
import { refusingMethods } from "../../support/refusing-provider.ts";

const cluster = clusterOf(`
provider: hosts
hosts:
  manager: { address: 192.0.2.17 }
  node1: { address: 192.0.2.18 }
`);
const { signal } = new AbortController();
const provider: Provider = {
  ...refusingMethods,
  name: "hosts",
  capabilities: { embedded: false, needsRoot: false, ownsMachines: false },
  stateDirectory: () => "/nonexistent",
};

const section = (name: string, text: string): string => `${name} ${Buffer.from(text).toString("base64")}\n`;
/** A machine of which everything was taken back; `more`: what is still there. */
const seen = (more = "", service = "active"): ScriptedCall => ({
  match: "sh -s",
  result: {
    stdout:
      section("init", "systemd") +
      section("whole", "yes") +
      section("dockerd", "Docker version 20.10.24+dfsg1, build 1") +
      section("service", service) +
      section("packaged", "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n") +
      more,
  },
});
const clean: readonly ScriptedCall[] = [seen(), { match: "docker ps" }, { match: ":7946" }, seen()];

interface Pretended {
  readonly script?: readonly ScriptedCall[];
  readonly engine?: ScriptedEngine;
  /** It does not answer. */
  readonly silent?: boolean;
}

function world(its: Readonly<Record<"manager" | "node1", Pretended>>, state: Machine["state"] = "running") {
  const remotes = new Map(
    Object.entries(its).map(([machine, { script = [] }]) => [
      machine,
      new ScriptedRemote(script, { machine }),
    ]),
  );
  const unreachable = (machine: string) =>
    new FailureError({ kind: "unreachable", machine, address: "192.0.2.18", reason: "no answer", hint: "" });
  const connections = {
    remote: (_lab: Lab, name: string): Promise<Remote> => {
      const remote = remotes.get(name);
      const { silent } = its[name === "manager" ? "manager" : "node1"];
      return silent === true || !remote ? Promise.reject(unreachable(name)) : Promise.resolve(remote);
    },
    engine: (_lab: Lab, name: string) => {
      const { engine } = its[name === "manager" ? "manager" : "node1"];
      return engine ? Promise.resolve(engine) : Promise.reject(new Error(`no engine for ${name}`));
    },
  };
  const machines = new Map(
    cluster.machines.map(({ name }): readonly [string, Machine] => [name, { name, state }]),
  );
  const lab: Lab = { directory: "/nonexistent", cluster, provider, machines, unasked: [], patience: 1 };
  let nowMs = 0;
  const clock = { nowMs: () => (nowMs += 1000), sleep: () => Promise.resolve() };
  const notes: string[] = [];
  const context = {
    clock,
    signal,
    emit: (event: object) => "text" in event && notes.push(String(event.text)),
  } as unknown as Context;
  return { context, lab, connections, remotes, notes, progress: { report: () => undefined, signal } };
}

const left = { LocalNodeState: "inactive" };
const ours = swarmData({ Labels: { "swarmlab.cluster": cluster.name } });
const nodes = [
  nodeData("m", { role: "manager", reachability: "reachable", addr: "192.0.2.17" }),
  nodeData("w", { addr: "192.0.2.18" }),
];
const order: string[] = [];
/** Notes when it is told to leave. */
class LeavingEngine extends ScriptedEngine {
  override request(...call: Parameters<ScriptedEngine["request"]>): Promise<unknown> {
    if (call[1].startsWith("/swarm/leave")) order.push(this.machine);
    return super.request(...call);
  }
}
const managing = (swarm: unknown) =>
  new LeavingEngine("manager", {
    "GET /info": [
      infoOf({ LocalNodeState: "active", NodeID: "m", ControlAvailable: true, Cluster: { ID: "c1" } }),
      infoOf(left),
    ],
    "GET /swarm": [swarm],
    "GET /nodes": [nodes],
    "POST /swarm/leave?force=true": [null],
  });
const following = () =>
  new LeavingEngine("node1", {
    "GET /info": [
      infoOf({
        LocalNodeState: "active",
        NodeID: "w",
        RemoteManagers: [{ NodeID: "m", Addr: "192.0.2.17:2377" }],
      }),
      infoOf(left),
    ],
    "POST /swarm/leave?force=true": [null],
  });

describe("releaseMachines", () => {
  it("has workers leave first, and finds nothing left", async () => {
    order.length = 0;
    const its = world({
      manager: { script: clean, engine: managing(ours) },
      node1: { script: clean, engine: following() },
    });
    await releaseMachines(its);
    expect(order).toEqual(["node1", "manager"]);
    for (const remote of its.remotes.values()) expect(remote.outstanding).toEqual([]);
  });

  it("leaves a machine in the swarm of others that it is in, and its gossip", async () => {
    order.length = 0;
    const its = world({
      manager: {
        script: [seen(), { match: "docker ps" }, seen()],
        engine: managing(swarmData({ Labels: { "swarmlab.cluster": "another" } })),
      },
      node1: {
        script: clean,
        engine: new LeavingEngine("node1", { "GET /info": [infoOf(left)] }),
      },
    });
    await releaseMachines(its);
    expect(order).toEqual([]);
    for (const remote of its.remotes.values()) expect(remote.outstanding).toEqual([]);
  });

  it("leaves a swarm without a mark alone, even one of exactly these machines", async () => {
    order.length = 0;
    const its = world({
      manager: { script: [seen(), { match: "docker ps" }, seen()], engine: managing(swarmData()) },
      node1: { script: clean, engine: new LeavingEngine("node1", { "GET /info": [infoOf(left)] }) },
    });
    await releaseMachines(its);
    expect(order).toEqual([]);
  });

  it("names those that do not answer or whose daemon is down, and gives the others back", async () => {
    order.length = 0;
    const stopped = seen(section("swarmlab.json", "{}"), "inactive");
    const its = world({ manager: { silent: true }, node1: { script: [stopped] } });
    await expect(releaseMachines(its)).rejects.toMatchObject({
      failure: {
        kind: "leftovers",
        items: [
          "manager: it does not answer over SSH (no answer)",
          "node1: its Docker daemon does not run, so that it cannot leave the swarm",
        ],
      },
    });
    const second = world({ manager: { silent: true }, node1: { script: clean, engine: following() } });
    await expect(releaseMachines(second)).rejects.toMatchObject({
      failure: { items: ["manager: it does not answer over SSH (no answer)"] },
    });
    expect(order).toEqual(["node1"]);
    expect(second.remotes.get("node1")?.outstanding).toEqual([]);
  });

  it("names one whose daemon does not tell of its swarm, and gives the others back", async () => {
    order.length = 0;
    const hanging = new LeavingEngine("manager", { "GET /info": [new Refusal(500, "database is locked")] });
    const its = world({
      manager: { script: [seen()], engine: hanging },
      node1: { script: clean, engine: following() },
    });
    await expect(
      releaseMachines({ ...its, left: ["fault block-1: it is still there"] }),
    ).rejects.toMatchObject({
      failure: { items: ["fault block-1: it is still there", "manager: database is locked"] },
    });
    expect(order).toEqual(["node1"]);
    expect(its.remotes.get("node1")?.outstanding).toEqual([]);
  });

  it("says what is still there", async () => {
    const still = [seen(), { match: "docker ps" }, { match: ":7946" }, seen(section("unit", "[Service]"))];
    const its = world({
      manager: { script: clean, engine: new LeavingEngine("manager", { "GET /info": [infoOf(left)] }) },
      node1: { script: still, engine: new LeavingEngine("node1", { "GET /info": [infoOf(left)] }) },
    });
    await expect(releaseMachines(its)).rejects.toMatchObject({
      failure: { kind: "leftovers", items: ["node1: files in /etc/docker"] },
    });
  });

  it("takes the image cache from the first manager", async () => {
    const script = [
      seen("", "inactive"),
      { match: "remove", result: { stdout: "removed\n" } },
      { match: "docker ps" },
      seen("", "inactive"),
    ];
    const pretended = world({
      manager: { script },
      node1: { script: [seen("", "inactive"), { match: "docker ps" }, seen()] },
    });
    pretended.remotes.get("manager")?.files.set(imageCachePaths.config, "{}");
    await releaseMachines(pretended);
    expect(pretended.remotes.get("manager")?.outstanding).toEqual([]);
  });
});

describe("removeMachines", () => {
  const remove = async (its: ReturnType<typeof world>) => {
    const forgotten: string[] = [];
    const forget: Provider["remove"] = (_cluster, name) => Promise.resolve(void forgotten.push(name));
    const lab = { ...its.lab, provider: { ...provider, remove: forget } };
    const context = { ...its.context, host: { dockerDirectory: "/nonexistent" } } as Context;
    const connections = its.connections as unknown as Connections;
    const removal = { context, lab, connections, names: ["node1"], maxWorkers: 2 };
    const outcome = await removeMachines(removal, { actions: [], engines: new Map() }).catch(
      (error: unknown) => error,
    );
    return { outcome, forgotten };
  };

  it("forgets no server whose daemon is down: a later removal gives it back", async () => {
    const stopped = seen(section("swarmlab.json", "{}"), "inactive");
    const { outcome, forgotten } = await remove(world({ manager: {}, node1: { script: [stopped] } }));
    expect(outcome).toMatchObject({
      failure: {
        kind: "leftovers",
        items: ["node1: its Docker daemon does not run, so that it cannot leave the swarm"],
      },
    });
    expect(forgotten).toEqual([]);
  });

  it("says of a server that does not answer what it keeps", async () => {
    const its = world({ manager: {}, node1: { silent: true } }, "unreachable");
    const { outcome, forgotten } = await remove(its);
    expect(outcome).not.toBeInstanceOf(Error);
    expect(forgotten).toEqual(["node1"]);
    expect(its.notes).toContainEqual(expect.stringMatching(/^node1 does not answer and is left as it is/));
  });
});

describe("surveyMachines", () => {
  const listening = section("daemon.json", '{"hosts":["tcp://0.0.0.0:2375"]}');
  const free = (machine: string, ID: string) =>
    new ScriptedEngine(machine, { "GET /info": [{ ID, Swarm: left }] });
  const survey = (its: ReturnType<typeof world>, force = false) => surveyMachines({ ...its, force });

  it("refuses a machine in another swarm, whatever else is in the way, unless told to leave it", async () => {
    const make = (more: string) =>
      world({
        manager: { script: [seen(more)], engine: managing(swarmData()) },
        node1: { script: [seen()], engine: free("node1", "e1") },
      });
    await expect(survey(make(listening))).rejects.toMatchObject({
      failure: { kind: "foreign-swarm", machines: ["manager"] },
    });
    const engines = await survey(make(""), true);
    expect([...engines.keys()]).toEqual(["manager", "node1"]);
  });

  it("refuses a machine that is new to the cluster and cannot open the swarm it is in", async () => {
    const expired = { LocalNodeState: "error", Error: "certificate has expired" };
    const make = (state?: Machine["state"]) => {
      const engine = new ScriptedEngine("node1", { "GET /info": [{ ID: "e1", Swarm: expired }] });
      const manager = { script: [seen()], engine: free("manager", "e2") };
      return world({ manager, node1: { script: [seen()], engine } }, state);
    };
    await expect(survey(make("absent"))).rejects.toMatchObject({
      failure: {
        kind: "foreign-swarm",
        machines: ["node1"],
        why: "node1: it is in a swarm that its daemon cannot open (certificate has expired)",
      },
    });
    expect((await survey(make("absent"), true)).size).toBe(2);
    expect((await survey(make("running"))).size).toBe(2);
  });

  it("refuses copies of one another", async () => {
    const its = world({
      manager: { script: [seen()], engine: free("manager", "e1") },
      node1: { script: [seen()], engine: free("node1", "e1") },
    });
    await expect(survey(its)).rejects.toMatchObject({
      failure: { kind: "verify", problems: [{ where: "node1" }] },
    });
  });

  it("refuses a daemon whose own options do not go with the wanted ones", async () => {
    const its = world({
      manager: { script: [seen()], engine: free("manager", "e1") },
      node1: { script: [seen(listening, "inactive")] },
    });
    await expect(survey(its)).rejects.toMatchObject({
      failure: { kind: "daemon", machine: "node1", restored: true },
    });
  });
});
