import { describe, expect, it } from "vitest";
import type { Connections } from "../../../src/app/connections.ts";
import type { Lab } from "../../../src/app/open-lab.ts";
import { whyDeaf } from "../../../src/app/heal-gossip.ts";
import { planUp } from "../../../src/app/plan-up.ts";
import type { Context } from "../../../src/context.ts";
import { FailureError } from "../../../src/failure.ts";
import type { Machine } from "../../../src/machine/provider.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";
import { clusterOf } from "../../support/vagrant-hosts.ts";
import { infoOf, nodeData, swarmData } from "../swarm/engine-answers.ts";
import { SleepClock } from "../swarm/swarm-fixtures.ts";

const cluster = clusterOf("provider: nspawn\nmanagers: 3\nworkers: 1\ndocker: { tcp: off }\n");
const names = cluster.machines.map(({ name }) => name);
const addressOf = (name: string) => cluster.machines.find((machine) => machine.name === name)?.address ?? "";
const section = (name: string, text: string) => `${name} ${Buffer.from(text).toString("base64")}\n`;

/** A machine as it is asked for, with its daemon in this state. */
const remoteOf = (machine: string, service: string, log?: string) => {
  const stdout =
    section("init", "systemd") +
    section("whole", "yes") +
    section("dockerd", "Docker version 20.10.24+dfsg1, build 1") +
    section("service", service === "silent" ? "active" : service) +
    section("answer", service === "silent" ? "no\n" : "") +
    section("packaged", "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n") +
    section("daemon.json", JSON.stringify({ "swarm-default-advertise-addr": addressOf(machine) })) +
    section(
      "swarmlab.json",
      JSON.stringify({ schemaVersion: 1, options: { "swarm-default-advertise-addr": {} } }),
    );
  const look = { match: "sh -s", result: { stdout } };
  const readLog = log === undefined ? [] : [{ match: "journalctl", result: { stdout: `${log}\n` } }];
  return new ScriptedRemote([look, ...readLog], { machine });
};

const remoteManagers = names
  .filter((name) => name.startsWith("manager"))
  .map((name) => ({ NodeID: `id-${name}`, Addr: `${addressOf(name)}:2377` }));
const active = (name: string, rest: Readonly<Record<string, unknown>> = {}) =>
  infoOf({ LocalNodeState: "active", NodeID: `id-${name}`, RemoteManagers: remoteManagers, ...rest });
const nodes = names.map((name) => {
  const addr = addressOf(name);
  const isManager = name.startsWith("manager");
  const manager = { role: "manager", reachability: "reachable", managerAddr: `${addr}:2377` };
  return nodeData(`id-${name}`, { hostname: name, addr, ...(isManager && manager) });
});
const labelled = swarmData({ Labels: { "swarmlab.cluster": cluster.name } });

const engineOf = (machine: string) =>
  new ScriptedEngine(machine, {
    "GET /info": [
      withId(
        machine,
        machine.startsWith("manager")
          ? active(machine, { ControlAvailable: true, Cluster: { ID: "c1" } })
          : active(machine),
      ),
    ],
    "GET /swarm": [labelled],
    "GET /nodes": [nodes],
    "GET /networks/ingress": [ingress],
  });
const ingress = { Containers: { "ingress-sbox": { IPv4Address: "10.0.0.2/24" } } };
const withId = (id: string, info: unknown): unknown => ({ ...(info as object), ID: id });

async function plan(its: {
  readonly machines?: Readonly<Record<string, Partial<Machine>>>;
  readonly services?: Readonly<Record<string, string>>;
  readonly silent?: readonly string[];
  readonly engines?: Readonly<Record<string, ScriptedEngine>>;
  /** What the journal has of daemons that are asked for it. */
  readonly logs?: Readonly<Record<string, string>>;
  readonly recreate?: boolean;
}) {
  const { machines = {}, services = {}, silent = [], engines = {}, logs = {}, recreate = false } = its;
  const unreachable = (machine: string) =>
    new FailureError({ kind: "unreachable", machine, address: "", reason: "connection refused", hint: "" });
  const remotes = new Map(
    names.map((name) => [name, remoteOf(name, services[name] ?? "active", logs[name])]),
  );
  const found = await planUp({
    context: { signal: new AbortController().signal, clock: new SleepClock() } as unknown as Context,
    lab: {
      directory: "/nonexistent",
      cluster,
      unasked: [],
      machines: new Map(
        names.map((name) => [name, { name, state: "running", ...machines[name] } satisfies Machine]),
      ),
      provider: { capabilities: { ownsMachines: true }, stateDirectory: () => "/nonexistent" },
    } as unknown as Lab,
    connections: {
      remote: (_: Lab, name: string) =>
        silent.includes(name) ? Promise.reject(unreachable(name)) : Promise.resolve(remotes.get(name)),
      engine: (_: Lab, name: string) => Promise.resolve(engines[name] ?? engineOf(name)),
    } as unknown as Connections,
    force: false,
    recreate,
  });
  return {
    actions: found.actions.map(({ machine, action, reason }) => `${machine}: ${action}; ${reason}`),
    unseen: found.unseen,
  };
}

describe("planUp", () => {
  it("has nothing to do where all is as wanted", async () => {
    expect(await plan({})).toEqual({ actions: [], unseen: [] });
  });

  it("tells of machines and daemons that do not run, and goes on", async () => {
    const machines = { manager2: { state: "stopped" } } as const;
    expect(await plan({ machines, services: { node1: "inactive" } })).toEqual({
      actions: [
        "manager2: start the machine; it is stopped",
        "node1: start its Docker daemon; its daemon does not run",
      ],
      unseen: ["manager2", "node1"],
    });
  });

  it("tells of a daemon that runs and does not answer, without asking it what only it knows", async () => {
    const unasked = new ScriptedEngine("manager2", {});
    expect(await plan({ services: { manager2: "silent" }, engines: { manager2: unasked } })).toEqual({
      actions: ["manager2: kill and restart its Docker daemon; its daemon does not answer"],
      unseen: ["manager2"],
    });
  });

  it.each([
    [false, "nothing: it cannot be brought back as it is; swarmlab up --recreate makes it anew"],
    [true, "take the machine away and make it anew"],
  ])("tells what is beyond repair, to be made anew: %s", async (recreate, action) => {
    const detail = "its record is damaged";
    const machines = { manager2: { state: "broken", detail, beyondCreate: true } } as const;
    expect((await plan({ machines, silent: ["node1"], recreate })).actions).toEqual([
      `manager2: ${action}; ${detail}`,
      `node1: ${action}; it does not answer over SSH (connection refused)`,
    ]);
  });

  it("names engines that share an ID", async () => {
    const clone = new ScriptedEngine("node1", {
      "GET /info": [withId("manager", active("node1"))],
      "GET /networks/ingress": [ingress],
    });
    expect((await plan({ engines: { node1: clone } })).actions).toEqual([
      "node1: give its Docker engine an ID of its own; another machine has the same one: manager",
    ]);
  });

  it("names members without gossip, which have no end of the ingress network", async () => {
    const said = `level=error msg="error in agentInit: … on \\"0.0.0.0\\" port 7946: listen tcp 0.0.0.0:7946: bind: address already in use"`;
    const deaf = new ScriptedEngine("node1", {
      "GET /info": [withId("node1", active("node1"))],
      "GET /networks/ingress": [new Refusal(404, "network ingress not found")],
    });
    const logs = {
      node1: JSON.stringify({ __REALTIME_TIMESTAMP: "1", SYSLOG_IDENTIFIER: "dockerd", MESSAGE: said }),
    };
    expect((await plan({ engines: { node1: deaf }, logs })).actions).toEqual([
      `node1: restart its Docker daemon; ${whyDeaf}`,
    ]);
  });

  const left = (name: string) =>
    new ScriptedEngine(name, { "GET /info": [withId(name, infoOf({ LocalNodeState: "inactive" }))] });
  const silentManager = new ScriptedEngine("manager", {
    "GET /info": [withId("manager", active("manager", { ControlAvailable: true }))],
    "GET /swarm": [new Refusal(503, "The swarm does not have a leader.")],
  });

  it("says of a lost quorum that the person is asked", async () => {
    const engines = { manager: silentManager, manager2: left("manager2"), manager3: left("manager3") };
    const { actions } = await plan({ engines });
    expect(actions).toHaveLength(1);
    expect(actions[0]).toMatch(
      /^manager: start the same swarm again on manager \(asks first; --force agrees\); 2 of 3 managers/,
    );
  });

  it("does not take a quorum for lost that machines may bring back which do not run", async () => {
    const machines = { manager2: { state: "stopped" }, manager3: { state: "stopped" } } as const;
    expect((await plan({ machines, engines: { manager: silentManager } })).actions).toEqual([
      "manager2: start the machine; it is stopped",
      "manager3: start the machine; it is stopped",
    ]);
  });
});
