import { describe, expect, it } from "vitest";
import { observeOnce, observeSwarm } from "../../../src/swarm/observe.ts";
import { swarmStatus } from "../../../src/swarm/swarm-status.ts";
import { verifySwarm } from "../../../src/swarm/verify.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";
import { infoOf, nodeData, swarmData } from "./engine-answers.ts";
import {
  activeAs,
  addressOf,
  clusterOf,
  machineOf,
  membershipWith,
  nodeOf,
  observedOf,
  SleepClock,
  swarmOf,
} from "./swarm-fixtures.ts";

const manager = infoOf({
  LocalNodeState: "active",
  NodeID: "m1",
  ControlAvailable: true,
  Cluster: { ID: "c1" },
});
const worker = infoOf({ LocalNodeState: "active", NodeID: "n1" });
const pending = infoOf({ LocalNodeState: "pending" });
const noLeader = new Refusal(503, "The swarm does not have a leader.");
const cluster = clusterOf([machineOf("manager1"), machineOf("node1")]);

const from = (...engines: readonly ScriptedEngine[]) => ({
  engines: new Map(engines.map((engine) => [engine.machine, engine])),
  clock: new SleepClock(),
  signal: new AbortController().signal,
});

describe("observeSwarm", () => {
  it("asks every daemon, and the managers about their swarm", async () => {
    const leader = { hostname: "manager1", role: "manager", reachability: "reachable" };
    const nodes = [
      nodeData("m1", { ...leader, addr: "0.0.0.0", managerAddr: "10.99.0.11:2377" }),
      nodeData("n1"),
    ];
    const first = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /swarm": [swarmData()],
      "GET /nodes": [nodes],
    });
    const observed = await observeSwarm(from(first, new ScriptedEngine("node1", { "GET /info": [worker] })));
    expect([...observed.memberships].map(([name, { nodeId }]) => [name, nodeId])).toEqual([
      ["manager1", "m1"],
      ["node1", "n1"],
    ]);
    const m1 = nodeOf("manager1", { id: "m1", leader: true, labels: { mine: "x" } });
    const n1 = nodeOf("n1", { id: "n1", addr: addressOf("node1"), labels: { mine: "x" } });
    expect(observed.swarms).toEqual([{ clusterId: "c1", labels: { mine: "x" }, nodes: [m1, n1] }]);
    expect(observed.silentManagers.size).toBe(0);
  });

  it("tells one swarm once, whatever number of managers it has", async () => {
    const script = { "GET /info": [manager], "GET /swarm": [swarmData()], "GET /nodes": [[nodeData("m1")]] };
    const engines = ["manager1", "manager2"].map((name) => new ScriptedEngine(name, script));
    expect((await observeSwarm(from(...engines))).swarms).toHaveLength(1);
  });

  it("asks no daemon for what it has said just now, unless that is about to change", async () => {
    const script = { "GET /swarm": [noLeader, swarmData()], "GET /nodes": [[nodeData("m1")]] };
    const first = new ScriptedEngine("manager1", { ...script, "GET /info": [manager] });
    const memberships = new Map([
      ["manager1", membershipWith({ state: "active", nodeId: "m1", controlAvailable: true })],
    ]);
    await observeSwarm({ ...from(first), memberships });
    const requests = first.calls.map(({ request }) => request);
    expect(requests).toEqual(["GET /swarm", "GET /info", "GET /swarm", "GET /nodes"]);
  });

  it("waits for a daemon that is on its way and for a leader to be elected", async () => {
    const first = new ScriptedEngine("manager1", {
      "GET /info": [pending, manager],
      "GET /swarm": [noLeader, swarmData()],
      "GET /nodes": [[]],
    });
    const observed = await observeSwarm(from(first));
    expect(observed.swarms).toHaveLength(1);
    expect(observed.silentManagers.size).toBe(0);
  });

  it("waits for a leader to step down that reaches no majority any more", async () => {
    const managerNode = (id: string, reachability: string) =>
      nodeData(id, { hostname: id, role: "manager", reachability });
    const nodes = [
      managerNode("m1", "reachable"),
      managerNode("m2", "unreachable"),
      managerNode("m3", "unreachable"),
    ];
    const left = (name: string) =>
      new ScriptedEngine(name, { "GET /info": [infoOf({ LocalNodeState: "inactive" })] });
    const RemoteManagers = ["m1", "m2", "m3"].map((NodeID) => ({ NodeID, Addr: `${NodeID}:2377` }));
    const alone = { LocalNodeState: "active", NodeID: "m1", ControlAvailable: true, RemoteManagers };
    const first = new ScriptedEngine("manager1", {
      "GET /info": [infoOf(alone)],
      "GET /swarm": [swarmData(), swarmData(), noLeader],
      "GET /nodes": [nodes],
    });
    const observed = await observeSwarm(from(first, left("manager2"), left("manager3")));
    expect([...observed.silentManagers.keys()]).toEqual(["manager1"]);
    expect(observed.swarms).toEqual([]);
  });

  it("records what stays so after 30 s and does not throw", async () => {
    const first = new ScriptedEngine("manager1", { "GET /info": [manager], "GET /swarm": [noLeader] });
    const its = from(first, new ScriptedEngine("node1", { "GET /info": [pending] }));
    const observed = await observeSwarm(its);
    expect(observed.silentManagers).toEqual(new Map([["manager1", "The swarm does not have a leader."]]));
    expect(observed.memberships.get("node1")?.state).toBe("pending");
    expect(its.clock.nowMs()).toBe(30_000);
  });
});

describe("observeSwarm does not wait for what does not come", () => {
  const silent = infoOf({
    LocalNodeState: "active",
    NodeID: "m1",
    ControlAvailable: true,
    RemoteManagers: ["m1", "m2", "m3"].map((NodeID) => ({ NodeID, Addr: `${NodeID}:2377` })),
  });
  const first = () => new ScriptedEngine("manager1", { "GET /info": [silent], "GET /swarm": [noLeader] });
  const other = (name: string, info: unknown) => new ScriptedEngine(name, { "GET /info": [info] });
  const inactive = infoOf({ LocalNodeState: "inactive" });
  const expired = infoOf({ LocalNodeState: "error", Error: "x509: certificate has expired" });
  const failed = infoOf({ LocalNodeState: "error", Error: "no route to host" });

  it.each([
    ["managers that left", inactive, inactive, 0],
    ["a manager that left and one whose certificate has ended", inactive, expired, 0],
    ["a manager that may come back", inactive, failed, 30_000],
  ])("%s", async (_, second, third, waitedMs) => {
    const its = from(first(), other("manager2", second), other("manager3", third));
    expect((await observeSwarm(its)).silentManagers.size).toBe(1);
    expect(its.clock.nowMs()).toBe(waitedMs);
  });

  it("but for a swarm that was just started again without them", async () => {
    const leads = new ScriptedEngine("manager1", {
      "GET /info": [silent],
      "GET /swarm": [noLeader, noLeader, swarmData()],
      "GET /nodes": [[nodeData("m1", { hostname: "manager1", role: "manager", reachability: "reachable" })]],
    });
    const its = from(leads, other("manager2", inactive), other("manager3", inactive));
    expect((await observeSwarm({ ...its, startedAgain: true })).silentManagers.size).toBe(0);
  });

  it("and waits for a leader where one manager is missing of three", async () => {
    const second = infoOf({ LocalNodeState: "active", NodeID: "m2" });
    const its = from(first(), other("manager2", second), other("manager3", inactive));
    await observeSwarm(its);
    expect(its.clock.nowMs()).toBe(30_000);
  });
});

describe("verifySwarm", () => {
  const leader = nodeData("m1", {
    hostname: "manager1",
    role: "manager",
    reachability: "reachable",
    addr: "10.99.0.11",
  });
  const labelled = swarmData({ Labels: { "swarmlab.cluster": "demo" } });
  const engines = (...nodes: readonly unknown[]) =>
    from(
      new ScriptedEngine("manager1", {
        "GET /info": [manager],
        "GET /swarm": [labelled],
        "GET /nodes": nodes,
      }),
      new ScriptedEngine("node1", { "GET /info": [worker] }),
    );

  it("waits until every node is ready", async () => {
    const its = engines([leader, nodeData("n1", { state: "unknown" })], [leader, nodeData("n1")]);
    await verifySwarm({ cluster, ...its, observed: await observeOnce(its.engines, its.signal) });
    expect(its.clock.nowMs()).toBeGreaterThan(0);
  });

  it.each([
    ["state", nodeData("n1", { state: "down" }), "its node is down, not ready"],
    ["address", nodeData("n1", { addr: "10.0.2.15" }), "the swarm knows it as 10.0.2.15, not 10.99.0.21"],
    ["membership", nodeData("other"), "it is not in the swarm; its daemon is active"],
    ["label", nodeData("n1"), "its node lacks the label zone=a"],
  ])("fails after 60 s over the %s", async (topic, node, what) => {
    const labels: Record<string, string> = topic === "label" ? { zone: "a" } : {};
    const wanted = clusterOf([machineOf("manager1"), machineOf("node1", { labels })]);
    const its = engines([leader, node]);
    const observed = await observeOnce(its.engines, its.signal);
    await expect(verifySwarm({ cluster: wanted, ...its, observed })).rejects.toMatchObject({
      failure: { kind: "verify", problems: [{ where: "node1", what }] },
    });
    expect(its.clock.nowMs()).toBe(60_000);
  });
});

describe("swarmStatus", () => {
  const manager1 = activeAs("id-manager1");

  it("tells the swarm and each machine's place in it", () => {
    const swarm = swarmOf([nodeOf("manager1", { leader: true }), nodeOf("node1")]);
    const status = swarmStatus(cluster, observedOf({ manager1, node1: activeAs("id-node1") }, [swarm]));
    expect(status.swarm).toEqual({ id: "c1", managers: 1, workers: 1, ready: 2, healthy: true });
    expect(status.machines.get("manager1")).toEqual({
      state: "active",
      nodeId: "id-manager1",
      role: "manager",
      availability: "active",
      status: "ready",
      leader: true,
    });
  });

  it("is not healthy with a node down or a machine out of reach", () => {
    const swarm = swarmOf([nodeOf("manager1"), nodeOf("node1", { state: "down" })]);
    const down = swarmStatus(cluster, observedOf({ manager1, node1: activeAs("id-node1") }, [swarm]));
    expect(down.swarm).toMatchObject({ ready: 1, healthy: false });
    const away = swarmStatus(
      cluster,
      observedOf({ manager1 }, [swarmOf([nodeOf("manager1"), nodeOf("node1")])]),
    );
    expect(away.swarm).toMatchObject({ ready: 2, healthy: false });
  });

  it("has nulls for a machine in no swarm", () => {
    const status = swarmStatus(cluster, observedOf({ manager1: membershipWith() }));
    expect(status.swarm).toEqual({ id: null, managers: 0, workers: 0, ready: 0, healthy: false });
    expect(status.machines.get("manager1")).toEqual({
      state: "inactive",
      nodeId: null,
      role: null,
      availability: null,
      status: null,
      leader: null,
    });
  });
});
