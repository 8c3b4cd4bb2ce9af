import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { applySwarmAction } from "../../../src/swarm/apply.ts";
import { findManagers, type SwarmTools } from "../../../src/swarm/manager-api.ts";
import type { SwarmAction } from "../../../src/swarm/swarm-action.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";
import { addressOf, clusterOf, machineOf, SleepClock } from "./swarm-fixtures.ts";
import { infoOf, nodeData, swarmData } from "./engine-answers.ts";

const cluster = clusterOf(["manager1", "manager2", "node1"].map((name) => machineOf(name)));
const manager = infoOf({
  LocalNodeState: "active",
  NodeID: "m1",
  ControlAvailable: true,
  Cluster: { ID: "c1" },
});
const worker = infoOf({ LocalNodeState: "active", NodeID: "n1" });
const outside = infoOf({ LocalNodeState: "inactive" });

const tools = (engines: readonly ScriptedEngine[], rest: Partial<SwarmTools> = {}): SwarmTools => ({
  cluster,
  engines: new Map(engines.map((engine) => [engine.machine, engine])),
  clock: new SleepClock(),
  signal: new AbortController().signal,
  ...rest,
});
const act = (action: Omit<SwarmAction, "reason">): SwarmAction =>
  ({ reason: "test", ...action }) as SwarmAction;
const requests = (engine: ScriptedEngine) => engine.changes.map(({ request }) => request);

describe("findManagers", () => {
  it("asks no worker while a manager answers", async () => {
    const engines = [
      new ScriptedEngine("node1", {}),
      new ScriptedEngine("manager1", { "GET /info": [manager] }),
    ];
    expect((await findManagers(tools(engines))).map(({ machine }) => machine)).toEqual(["manager1"]);
  });
});

describe("applySwarmAction", () => {
  it("inits with explicit addresses, our label and the wanted options, and hands over the unlock key", async () => {
    const engine = new ScriptedEngine("manager1", {
      "POST /swarm/init": ["m1"],
      "GET /info": [infoOf({ LocalNodeState: "pending" }), manager],
      "GET /swarm/unlockkey": [{ UnlockKey: "SWMKEY-1" }],
    });
    const wanted: Cluster = {
      ...cluster,
      swarm: {
        addressPools: ["10.20.0.0/16"],
        addressPoolMaskLength: 26,
        dataPathPort: 4790,
        taskHistoryLimit: 2,
        autolock: true,
      },
    };
    const outcome = await applySwarmAction(
      act({ kind: "init", machine: "manager1" }),
      tools([engine], { cluster: wanted }),
    );
    expect(outcome).toEqual({ unlockKey: "SWMKEY-1" });
    expect(engine.changes[0]?.body).toEqual({
      ListenAddr: "10.99.0.11:2377",
      AdvertiseAddr: "10.99.0.11:2377",
      DataPathAddr: "10.99.0.11",
      DataPathPort: 4790,
      DefaultAddrPool: ["10.20.0.0/16"],
      SubnetSize: 26,
      ForceNewCluster: false,
      AutoLockManagers: true,
      Availability: "active",
      Spec: {
        Name: "default",
        Labels: { "swarmlab.cluster": "demo" },
        Orchestration: { TaskHistoryRetentionLimit: 2 },
        EncryptionConfig: { AutoLockManagers: true },
      },
    });
  });

  it("joins by the token of the role, and outlasts the engine's own timeout", async () => {
    const first = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /swarm": [swarmData()],
      "GET /nodes/n1": [
        new Refusal(404, "node n1 not found"),
        nodeData("n1", { state: "unknown" }),
        nodeData("n1"),
      ],
    });
    const joiner = new ScriptedEngine("node1", {
      "GET /info": [outside, infoOf({ LocalNodeState: "pending" }), worker],
      "POST /swarm/join": [new Refusal(503, "Timeout was reached before node joined. The attempt …")],
    });
    await applySwarmAction(
      { kind: "join", machine: "node1", role: "worker", reason: "" },
      tools([first, joiner]),
    );
    expect(joiner.changes).toEqual([
      {
        request: "POST /swarm/join",
        body: {
          ListenAddr: "10.99.0.21:2377",
          AdvertiseAddr: "10.99.0.21:2377",
          DataPathAddr: "10.99.0.21",
          RemoteAddrs: [`${addressOf("manager1")}:2377`],
          JoinToken: "worker-token",
          Availability: "active",
        },
      },
    ]);
    expect(first.calls.filter(({ request }) => request === "GET /nodes/n1")).toHaveLength(3);
  });

  it("asks each daemon only once about itself where joining takes no time", async () => {
    const first = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /swarm": [swarmData()],
      "GET /nodes/n1": [nodeData("n1")],
    });
    const joiner = new ScriptedEngine("node1", { "GET /info": [worker], "POST /swarm/join": [undefined] });
    await applySwarmAction(
      { kind: "join", machine: "node1", role: "worker", reason: "" },
      tools([first, joiner]),
    );
    const of = ({ calls }: ScriptedEngine) => calls.map(({ request }) => request);
    expect(of(first)).toEqual(["GET /info", "GET /swarm", "GET /nodes/n1"]);
    expect(of(joiner)).toEqual(["POST /swarm/join", "GET /info"]);
  });

  it("raises a timeout that tells what the daemon says when a join never ends", async () => {
    const first = new ScriptedEngine("manager1", { "GET /info": [manager], "GET /swarm": [swarmData()] });
    const joiner = new ScriptedEngine("node1", {
      "GET /info": [infoOf({ LocalNodeState: "error", Error: "remote CA does not match" })],
      "POST /swarm/join": [undefined],
    });
    const join = applySwarmAction(
      { kind: "join", machine: "node1", role: "worker", reason: "" },
      tools([first, joiner]),
    );
    await expect(join).rejects.toMatchObject({
      failure: {
        kind: "timeout",
        afterMs: 60_000,
        waitedFor: "node1 to join",
        hint: expect.stringContaining("remote CA does not match") as string,
      },
    });
  });

  it("takes leaving no swarm as done, and any other refusal as failed", async () => {
    const engine = new ScriptedEngine("node1", {
      "GET /info": [outside],
      "POST /swarm/leave?force=true": [new Refusal(503, "This node is not part of a swarm")],
      "POST /swarm/leave?force=false": [new Refusal(503, "You are attempting to leave the swarm on …")],
    });
    await applySwarmAction({ kind: "leave", machine: "node1", force: true, reason: "" }, tools([engine]));
    const refused = applySwarmAction(
      { kind: "leave", machine: "node1", force: false, reason: "" },
      tools([engine]),
    );
    await expect(refused).rejects.toMatchObject({ failure: { kind: "engine-api", status: 503 } });
  });

  it("unlocks with the key, and says so when it does not fit", async () => {
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "POST /swarm/unlock": [undefined],
    });
    await applySwarmAction(act({ kind: "unlock", machine: "manager1" }), tools([engine], { unlockKey: "k" }));
    expect(engine.changes[0]?.body).toEqual({ UnlockKey: "k" });
    const wrong = new ScriptedEngine("manager1", {
      "POST /swarm/unlock": [new Refusal(401, "swarm could not be unlocked: invalid key provided")],
    });
    await expect(
      applySwarmAction(act({ kind: "unlock", machine: "manager1" }), tools([wrong])),
    ).rejects.toMatchObject({
      failure: { kind: "swarm-locked", machines: ["manager1"] },
    });
  });

  it("keeps the rest of the spec at a new address, external CAs not doubled", async () => {
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /swarm": [
        swarmData({
          EncryptionConfig: { AutoLockManagers: true },
          CAConfig: { ForceRotate: 2, ExternalCAs: [{}] },
        }),
      ],
      "POST /swarm/init": ["m1"],
      "GET /nodes/m1": [nodeData("m1", { addr: "10.98.0.11" }), nodeData("m1", { addr: "10.99.0.11" })],
    });
    await applySwarmAction(act({ kind: "force-new-cluster", machine: "manager1" }), tools([engine]));
    expect(engine.changes[0]?.body).toMatchObject({
      ForceNewCluster: true,
      AdvertiseAddr: "10.99.0.11:2377",
      AutoLockManagers: true,
      Spec: { Labels: { mine: "x" }, CAConfig: { ForceRotate: 2, ExternalCAs: null } },
    });
  });

  it("starts a swarm again that has no leader, with what the cluster says of its spec", async () => {
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /swarm": [new Refusal(503, "The swarm does not have a leader.")],
      "POST /swarm/init": ["m1"],
      "GET /nodes/m1": [nodeData("m1", { addr: "10.99.0.11" })],
    });
    await applySwarmAction(act({ kind: "force-new-cluster", machine: "manager1" }), tools([engine]));
    expect(engine.changes[0]?.body).toMatchObject({
      ForceNewCluster: true,
      AutoLockManagers: false,
      Spec: { EncryptionConfig: { AutoLockManagers: false } },
    });
  });

  it("promotes through a manager and waits until it is reachable", async () => {
    const first = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /nodes/n1": [
        nodeData("n1", { version: 7 }),
        nodeData("n1"),
        nodeData("n1", { reachability: "reachable" }),
      ],
      "POST /nodes/n1/update?version=7": [undefined],
    });
    const other = new ScriptedEngine("manager2", { "GET /info": [worker] });
    await applySwarmAction(act({ kind: "promote", machine: "manager2" }), tools([first, other]));
    expect(first.changes).toEqual([
      {
        request: "POST /nodes/n1/update?version=7",
        body: { Role: "manager", Availability: "active", Labels: { mine: "x" } },
      },
    ]);
    expect(first.calls.filter(({ request }) => request === "GET /nodes/n1")).toHaveLength(3);
  });

  it("demotes through another manager and waits until the daemon knows", async () => {
    const first = new ScriptedEngine("manager1", {
      "GET /info": [...Array<unknown>(5).fill(manager), worker],
    });
    const second = new ScriptedEngine("manager2", {
      "GET /info": [
        infoOf({ LocalNodeState: "active", NodeID: "m2", ControlAvailable: true, Cluster: { ID: "c1" } }),
      ],
      "GET /nodes/m1": [nodeData("m1", { reachability: "reachable" }), nodeData("m1")],
      "POST /nodes/m1/update?version=1": [undefined],
    });
    await applySwarmAction(act({ kind: "demote", machine: "manager1" }), tools([first, second]));
    expect(second.changes[0]?.body).toMatchObject({ Role: "worker" });
    expect(requests(first)).toEqual([]);
    expect(first.calls.length).toBeGreaterThanOrEqual(6);
  });

  it("demotes one that has been promoted a moment ago when it is in the group of managers, which has to let it go", async () => {
    const promoted = { role: "manager" };
    const second = new ScriptedEngine("manager2", {
      "GET /info": [infoOf({ LocalNodeState: "active", NodeID: "m2" })],
    });
    const first = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /nodes/m2": [
        nodeData("m2", { ...promoted, version: 1 }),
        nodeData("m2", { ...promoted, version: 2 }),
        nodeData("m2", { ...promoted, version: 3, reachability: "reachable" }),
        nodeData("m2", { ...promoted, version: 3, reachability: "reachable" }),
        nodeData("m2", { version: 4 }),
      ],
      "POST /nodes/m2/update?version=3": [undefined],
    });
    await applySwarmAction(act({ kind: "demote", machine: "manager2" }), tools([first, second]));
    expect(requests(first)).toEqual(["POST /nodes/m2/update?version=3"]);
  });

  it("demotes the entry of a dead manager before removing it, and takes a missing one as removed", async () => {
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /nodes/old": [
        nodeData("old", { reachability: "unreachable" }),
        nodeData("old", { reachability: "unreachable" }),
        nodeData("old"),
      ],
      "POST /nodes/old/update?version=1": [undefined],
      "DELETE /nodes/old?force=true": [undefined, new Refusal(404, "node old not found")],
    });
    const action = { kind: "remove-node", machine: "node1", nodeId: "old", reason: "" } as const;
    await applySwarmAction({ ...action, role: "manager" }, tools([engine]));
    expect(requests(engine)).toEqual(["POST /nodes/old/update?version=1", "DELETE /nodes/old?force=true"]);
    await applySwarmAction({ ...action, role: "worker" }, tools([engine]));
    expect(requests(engine)).toHaveLength(3);
  });

  it("removes the entry of a manager that is in no raft group any more, as after a new start of the swarm", async () => {
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /nodes/old": [nodeData("old", { version: 1 })],
      "POST /nodes/old/update?version=1": [new Refusal(404, "can't find manager in raft memberlist")],
      "DELETE /nodes/old?force=true": [undefined],
    });
    const action = { kind: "remove-node", machine: "node1", nodeId: "old", reason: "" } as const;
    await applySwarmAction({ ...action, role: "manager" }, tools([engine]));
    expect(requests(engine)).toEqual(["POST /nodes/old/update?version=1", "DELETE /nodes/old?force=true"]);
  });

  it.each([
    {
      is: "the quorum has just been lost",
      reachabilities: { m1: "reachable", m2: "unreachable", m3: "unreachable" },
      failure: { kind: "quorum-lost", reachable: ["manager1"], needed: 2, managers: 3 },
    },
    {
      is: "one manager less would cost the quorum",
      reachabilities: { m1: "reachable", m2: "reachable", m3: "unreachable" },
      failure: {
        kind: "quorum-at-risk",
        machines: ["manager2"],
        remaining: ["manager1", "manager3"],
        reachable: ["manager1"],
      },
    },
  ])("tells what a leader means that takes no manager out: $is", async ({ reachabilities, failure }) => {
    const message =
      "rpc error: code = FailedPrecondition desc = can't remove member from the raft: this would result in a loss of quorum";
    const nodes = Object.entries(reachabilities).map(([id, reachability]) =>
      nodeData(id, { hostname: id.replace("m", "manager"), role: "manager", reachability }),
    );
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /nodes": [nodes],
      "GET /nodes/m2": [nodes[1]],
      "POST /nodes/m2/update?version=1": [new Refusal(400, message)],
    });
    const action = { kind: "remove-node", machine: "manager2", nodeId: "m2", role: "manager" } as const;
    await expect(applySwarmAction({ ...action, reason: "" }, tools([engine]))).rejects.toMatchObject({
      failure,
    });
  });

  it("adds labels to those that are there, and tries once more when the node changed meanwhile", async () => {
    const first = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /nodes/n1": [nodeData("n1", { version: 1 }), nodeData("n1", { version: 2 })],
      "POST /nodes/n1/update?version=1": [
        new Refusal(500, "rpc error: code = Unknown desc = update out of sequence"),
      ],
      "POST /nodes/n1/update?version=2": [undefined],
    });
    const node = new ScriptedEngine("node1", { "GET /info": [worker] });
    await applySwarmAction(
      { kind: "update-node", machine: "node1", labels: { zone: "a" }, reason: "" },
      tools([first, node]),
    );
    expect(first.changes.at(-1)).toEqual({
      request: "POST /nodes/n1/update?version=2",
      body: { Role: "worker", Availability: "active", Labels: { mine: "x", zone: "a" } },
    });
  });

  it("labels the swarm with all of its spec", async () => {
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [manager],
      "GET /swarm": [swarmData({ Raft: { SnapshotInterval: 5 } })],
      "POST /swarm/update?version=3": [undefined],
    });
    await applySwarmAction(act({ kind: "label-swarm", machine: "manager1" }), tools([engine]));
    expect(engine.changes[0]?.body).toEqual({
      Name: "default",
      Labels: { mine: "x", "swarmlab.cluster": "demo" },
      Raft: { SnapshotInterval: 5 },
    });
  });
});
