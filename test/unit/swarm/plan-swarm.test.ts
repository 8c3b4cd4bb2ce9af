import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { unwrap } from "../../../src/failure.ts";
import type { Observed } from "../../../src/swarm/membership.ts";
import { planSwarm } from "../../../src/swarm/plan-swarm.ts";
import { stagesOf, type SwarmAction } from "../../../src/swarm/swarm-action.ts";
import {
  activeAs,
  addressOf,
  clusterOf,
  machineOf,
  membershipWith,
  nodeOf,
  observedOf,
  swarmOf,
} from "./swarm-fixtures.ts";

const one = clusterOf([machineOf("manager1"), machineOf("node1")]);
const three = clusterOf(["manager1", "manager2", "manager3", "node1"].map((name) => machineOf(name)));
const manager1 = activeAs("id-manager1", addressOf("manager1"));
const node1 = activeAs("id-node1", addressOf("manager1"));
const healthy = swarmOf([nodeOf("manager1"), nodeOf("node1")]);
const inactive = membershipWith();

const plan = (
  cluster: Cluster,
  observed: Observed,
  rest: { force?: boolean; revive?: boolean; unlockKeyKnown?: boolean } = {},
) => planSwarm({ cluster, observed, force: false, revive: false, unlockKeyKnown: false, ...rest });

/** `leave! node1`: kind (with `!` for force), machine, and what else the action holds, without the reason. */
const short = (action: SwarmAction): string => {
  const { kind, machine, reason, ...rest } = action;
  expect(reason).not.toBe("");
  return [
    kind,
    machine,
    ...Object.values(rest).map((value) => JSON.stringify(value).replaceAll('"', "")),
  ].join(" ");
};
const planned = (...args: Parameters<typeof plan>) => unwrap(plan(...args)).map(short);

describe("planSwarm", () => {
  it("has nothing to do for a swarm as wanted", () => {
    expect(plan(one, observedOf({ manager1, node1 }, [healthy]))).toEqual({ ok: true, value: [] });
  });

  it("makes a swarm: init, managers one by one, workers at once, labels last", () => {
    const names = ["manager1", "manager2", "manager3", "node1", "node2"];
    const cluster = clusterOf(
      names.map((name) => machineOf(name, name === "node1" ? { labels: { a: "1" } } : {})),
    );
    const actions = unwrap(
      plan(cluster, observedOf(Object.fromEntries(names.map((name) => [name, inactive])))),
    );
    expect(stagesOf(actions).map((stage) => stage.map(short))).toEqual([
      ["init manager1"],
      ["join manager2 manager"],
      ["join manager3 manager"],
      ["join node1 worker", "join node2 worker"],
      ["update-node node1 {a:1}"],
    ]);
  });

  it.each(["pending", "error"] as const)("leaves and joins again a machine that is %s", (state) => {
    const observed = observedOf({ manager1, node1: membershipWith({ state, nodeId: "id-node1" }) }, [
      healthy,
    ]);
    expect(planned(one, observed)).toEqual([
      "leave node1 true",
      "remove-node node1 id-node1 worker",
      "join node1 worker",
    ]);
  });

  it("takes a machine on its way to other managers as foreign", () => {
    const remoteManagers = [{ nodeId: "x", addr: "192.0.2.1:2377" }];
    const node = membershipWith({ state: "pending", remoteManagers });
    expect(plan(one, observedOf({ manager1, node1: node }, [healthy]))).toMatchObject({
      ok: false,
      failure: { kind: "foreign-swarm", machines: ["node1"] },
    });
  });

  it("unlocks with the key, and nothing else before it is open", () => {
    const observed = observedOf({ manager1: membershipWith({ state: "locked" }), node1: inactive });
    expect(planned(one, observed, { unlockKeyKnown: true })).toEqual(["unlock manager1"]);
  });

  it("does not give up a locked swarm without force", () => {
    const observed = observedOf({ manager1: membershipWith({ state: "locked" }), node1 });
    expect(plan(one, observed)).toEqual({
      ok: false,
      failure: { kind: "swarm-locked", machines: ["manager1"] },
    });
    expect(planned(one, observed, { force: true })).toEqual([
      "leave manager1 true",
      "leave node1 false",
      "init manager1",
      "join node1 worker",
    ]);
  });

  it("leaves a foreign swarm only by force, naming machines and why", () => {
    const foreign = swarmOf([nodeOf("manager1"), nodeOf("elsewhere", { addr: "192.0.2.1" })], { labels: {} });
    const observed = observedOf({ manager1, node1: inactive }, [foreign]);
    expect(plan(one, observed)).toEqual({
      ok: false,
      failure: { kind: "foreign-swarm", machines: ["manager1"], why: "manager1: it is in the swarm c1" },
    });
    expect(planned(one, observed, { force: true })).toEqual([
      "leave manager1 true",
      "init manager1",
      "join node1 worker",
    ]);
  });

  it("takes a swarm with another cluster's label as foreign, even with our machines alone", () => {
    const labels = { "swarmlab.cluster": "other" };
    const observed = observedOf({ manager1, node1 }, [swarmOf(healthy.nodes, { labels })]);
    expect(plan(one, observed)).toMatchObject({
      failure: { kind: "foreign-swarm", machines: ["manager1", "node1"] },
    });
  });

  it("adopts a swarm without label that consists of our machines", () => {
    const observed = observedOf({ manager1, node1 }, [swarmOf(healthy.nodes, { labels: {} })]);
    expect(planned(one, observed)).toEqual(["label-swarm manager1"]);
  });

  it("keeps the bigger of two own swarms, and gives up the other only by force", () => {
    const second = swarmOf([nodeOf("manager1", { id: "other" })], { clusterId: "c2" });
    const first = swarmOf([nodeOf("manager2"), nodeOf("manager3"), nodeOf("node1")]);
    const observed = observedOf(
      {
        manager1: activeAs("other"),
        manager2: activeAs("id-manager2"),
        manager3: activeAs("id-manager3"),
        node1: activeAs("id-node1", addressOf("manager2")),
      },
      [second, first],
    );
    expect(plan(three, observed)).toMatchObject({
      failure: { kind: "foreign-swarm", machines: ["manager1"] },
    });
    expect(planned(three, observed, { force: true })).toEqual([
      "leave manager1 true",
      "join manager1 manager",
    ]);
  });

  it("prefers the first manager's swarm of two equal ones", () => {
    const second = swarmOf([nodeOf("node1", { role: "manager" })], { clusterId: "c2" });
    const observed = observedOf({ manager1, node1 }, [second, swarmOf([nodeOf("manager1")])]);
    expect(plan(one, observed)).toMatchObject({ failure: { machines: ["node1"] } });
  });

  it("lets a worker that only knows our managers rejoin, and no other one", () => {
    const swarm = swarmOf([nodeOf("manager1")]);
    const stale = activeAs("gone", addressOf("manager1"));
    expect(planned(one, observedOf({ manager1, node1: stale }, [swarm]))).toEqual([
      "leave node1 false",
      "join node1 worker",
    ]);
    const foreign = observedOf({ manager1, node1: activeAs("gone", "192.0.2.1") }, [swarm]);
    expect(plan(one, foreign)).toMatchObject({ failure: { kind: "foreign-swarm", machines: ["node1"] } });
    const beside = activeAs("gone", "192.0.2.1", addressOf("manager1"));
    const remoteManagers = beside.remoteManagers.map((each, index) => ({
      ...each,
      nodeId: index === 0 ? "moved" : "id-manager1",
    }));
    const ours = observedOf({ manager1, node1: { ...beside, remoteManagers } }, [swarm]);
    expect(plan(one, ours)).toMatchObject({
      ok: true,
      value: [
        { kind: "leave", machine: "node1" },
        { kind: "join", machine: "node1" },
      ],
    });
  });

  const silentManager = (name: string) => ({
    ...membershipWith({ state: "active", nodeId: `id-${name}`, controlAvailable: true }),
    remoteManagers: three.machines
      .slice(0, 3)
      .map((m) => ({ nodeId: `id-${m.name}`, addr: `${m.address}:2377` })),
  });
  const noLeader = "The swarm does not have a leader.";

  it("starts a swarm that lost its quorum again only where that is agreed, not by force alone", () => {
    const memberships = {
      manager1: inactive,
      manager2: silentManager("manager2"),
      manager3: inactive,
      node1,
    };
    const observed = observedOf(memberships, [], new Map([["manager2", noLeader]]));
    expect(plan(three, observed, { force: true })).toEqual({
      ok: false,
      failure: { kind: "quorum-lost", reachable: ["manager2"], needed: 2, managers: 3 },
    });
    const actions = unwrap(plan(three, observed, { revive: true }));
    expect(actions.map(short)).toEqual(["force-new-cluster manager2"]);
    expect(actions[0]?.reason).toMatch(/^2 of 3 managers are lost for good; services.* are kept/);
  });

  it("after that brings the other managers back as new ones, and leaves the workers alone", () => {
    const nodes = [
      nodeOf("manager1", { role: "worker", state: "down", reachability: undefined }),
      nodeOf("manager2"),
      nodeOf("manager3", { role: "worker", state: "down", reachability: undefined }),
      nodeOf("node1"),
    ];
    const memberships = {
      manager1: inactive,
      manager2: activeAs("id-manager2"),
      // It had lost the quorum too, and knows nothing of the new start.
      manager3: silentManager("manager3"),
      node1: activeAs("id-node1", addressOf("manager2")),
    };
    const observed = observedOf(memberships, [swarmOf(nodes)], new Map([["manager3", noLeader]]));
    expect(planned(three, observed)).toEqual([
      "leave manager3 true",
      "remove-node manager1 id-manager1 worker",
      "remove-node manager3 id-manager3 worker",
      "join manager1 manager",
      "join manager3 manager",
    ]);
  });

  it("gives up the state that no manager can open only where that is agreed", () => {
    const shut = membershipWith({ state: "error", error: "x509: certificate has expired" });
    const observed = observedOf({ manager1: shut, node1 });
    expect(plan(one, observed, { force: true })).toEqual({
      ok: false,
      failure: { kind: "quorum-lost", reachable: [], needed: 1, managers: 1 },
    });
    expect(planned(one, observed, { revive: true })).toEqual([
      "leave manager1 true",
      "leave node1 false",
      "init manager1",
      "join node1 worker",
    ]);
  });

  it("says in plain words that a certificate has ended", () => {
    const error = "error while loading TLS certificate: x509: certificate has expired or is not yet valid: ";
    const observed = observedOf({ manager1, node1: membershipWith({ state: "error", error }) }, [healthy]);
    expect(unwrap(plan(one, observed))[0]?.reason).toBe("its certificate in the swarm has ended");
  });

  it("of managers with one node ID keeps the one at the node's address", () => {
    const cluster = clusterOf(["manager1", "manager2"].map((name) => machineOf(name)));
    const swarm = swarmOf([nodeOf("manager2", { id: "twin" })]);
    const twin = membershipWith({ state: "active", nodeId: "twin", controlAvailable: true });
    expect(planned(cluster, observedOf({ manager1: twin, manager2: twin }, [swarm]))).toEqual([
      "leave manager1 true",
      "join manager1 manager",
    ]);
  });

  it("has all workers with one node ID join anew: the networks of either may be in pieces", () => {
    const cluster = clusterOf(["manager1", "node1", "node2"].map((name) => machineOf(name)));
    const swarm = swarmOf([nodeOf("manager1"), nodeOf("node2", { id: "twin" })]);
    const twin = activeAs("twin", addressOf("manager1"));
    expect(planned(cluster, observedOf({ manager1, node1: twin, node2: twin }, [swarm]))).toEqual([
      "leave node1 true",
      "leave node2 true",
      "remove-node node1 twin worker",
      "join node1 worker",
      "join node2 worker",
    ]);
  });

  it("renews a worker whose address changed, its old entry removed first", () => {
    const swarm = swarmOf([nodeOf("manager1"), nodeOf("node1", { addr: "10.98.0.21" })]);
    expect(planned(one, observedOf({ manager1, node1 }, [swarm]))).toEqual([
      "leave node1 false",
      "remove-node node1 id-node1 worker",
      "join node1 worker",
    ]);
  });

  it("renews a manager whose address changed while others stay", () => {
    const nodes = [
      nodeOf("manager1"),
      nodeOf("manager2", { addr: "10.98.0.12" }),
      nodeOf("manager3"),
      nodeOf("node1"),
    ];
    const manager2 = activeAs("id-manager2");
    const observed = observedOf({ manager1, manager2, manager3: activeAs("id-manager3"), node1 }, [
      swarmOf(nodes),
    ]);
    expect(planned(three, observed)).toEqual([
      "demote manager2",
      "leave manager2 false",
      "remove-node manager2 id-manager2 worker",
      "join manager2 manager",
    ]);
  });

  it("gives the sole manager its new address in place", () => {
    const swarm = swarmOf([nodeOf("manager1", { addr: "10.98.0.11" }), nodeOf("node1")]);
    const observed = observedOf({ manager1, node1: activeAs("id-node1", "10.98.0.11") }, [swarm]);
    expect(planned(one, observed)).toEqual(["force-new-cluster manager1"]);
  });

  it("gathers managers that all moved around the first of them", () => {
    const cluster = clusterOf(["manager1", "manager2"].map((name) => machineOf(name)));
    const nodes = [nodeOf("manager1", { addr: "10.98.0.11" }), nodeOf("manager2", { addr: "10.98.0.12" })];
    const observed = observedOf({ manager1, manager2: activeAs("id-manager2") }, [swarmOf(nodes)]);
    expect(planned(cluster, observed)).toEqual([
      "demote manager2",
      "leave manager2 false",
      "remove-node manager2 id-manager2 worker",
      "force-new-cluster manager1",
      "join manager2 manager",
    ]);
  });

  it("renews a worker that cannot follow its manager to the new address", () => {
    const swarm = swarmOf([nodeOf("manager1"), nodeOf("node1", { state: "down" })]);
    const observed = observedOf({ manager1, node1: activeAs("id-node1", "10.98.0.11") }, [swarm]);
    expect(planned(one, observed)).toEqual([
      "leave node1 false",
      "remove-node node1 id-node1 worker",
      "join node1 worker",
    ]);
  });

  it("leaves a worker that is down but knows the manager to verification", () => {
    const swarm = swarmOf([nodeOf("manager1"), nodeOf("node1", { state: "down" })]);
    expect(planned(one, observedOf({ manager1, node1 }, [swarm]))).toEqual([]);
  });

  it("takes no server of others for a ghost because it has the host name that a machine has here", () => {
    const hosts = { ...one, hosts: {} };
    const stranger = nodeOf("node1", { id: "stranger", addr: "192.0.2.9", state: "down" });
    const ghost = nodeOf("web", { id: "ghost", addr: addressOf("node1"), state: "down" });
    const observed = observedOf({ manager1, node1 }, [swarmOf([...healthy.nodes, stranger, ghost])]);
    expect(planned(hosts, observed)).toEqual(["remove-node node1 ghost worker"]);
  });

  it("removes ghosts of our machines, and no entry of others or of machines out of reach", () => {
    const ghosts = [
      nodeOf("node1", { id: "old1", state: "down", addr: "10.98.0.21" }),
      nodeOf("renamed", { id: "old2", state: "down", addr: addressOf("node1"), role: "manager" }),
      nodeOf("node2", { id: "off", state: "down" }),
      nodeOf("laptop", { state: "down", addr: "192.0.2.9" }),
    ];
    const cluster = clusterOf([...one.machines, machineOf("node2")]);
    const observed = observedOf({ manager1, node1 }, [swarmOf([...healthy.nodes, ...ghosts])]);
    expect(planned(cluster, observed)).toEqual([
      "remove-node node1 old1 worker",
      "remove-node node1 old2 manager",
    ]);
  });

  it("removes the entry of a machine that left a moment ago before it joins again", () => {
    expect(planned(one, observedOf({ manager1, node1: inactive }, [healthy]))).toEqual([
      "remove-node node1 id-node1 worker",
      "join node1 worker",
    ]);
  });

  it("promotes before it demotes", () => {
    const swarm = swarmOf([nodeOf("manager1", { role: "worker" }), nodeOf("node1", { role: "manager" })]);
    expect(planned(one, observedOf({ manager1, node1 }, [swarm]))).toEqual([
      "promote manager1",
      "demote node1",
    ]);
  });

  it("never demotes the last manager", () => {
    const swarm = swarmOf([nodeOf("node1", { role: "manager" }), nodeOf("node2", { role: "manager" })]);
    const cluster = clusterOf(["manager1", "node1", "node2"].map((name) => machineOf(name)));
    const observed = observedOf({ node1, node2: activeAs("id-node2") }, [swarm]);
    expect(planned(cluster, observed)).toEqual(["demote node2"]);
  });

  it("sets wanted labels and leaves other labels and the availability alone", () => {
    const cluster = clusterOf([
      machineOf("manager1"),
      machineOf("node1", { labels: { zone: "a", disk: "ssd" } }),
    ]);
    const node = nodeOf("node1", { labels: { zone: "b", disk: "ssd", mine: "x" }, availability: "drain" });
    expect(planned(cluster, observedOf({ manager1, node1 }, [swarmOf([nodeOf("manager1"), node])]))).toEqual([
      "update-node node1 {zone:a}",
    ]);
  });

  it("fails when no manager is within reach to make a swarm", () => {
    expect(plan(one, observedOf({ node1: inactive }))).toMatchObject({
      failure: { kind: "not-running", machine: "manager1" },
    });
  });
});
