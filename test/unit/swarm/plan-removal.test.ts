import { describe, expect, it } from "vitest";
import { planRemoval, type RemovalWish } from "../../../src/swarm/plan-removal.ts";
import type { NodeView } from "../../../src/swarm/membership.ts";
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

const all = ["manager1", "manager2", "manager3", "node1", "node2"];

/** A swarm of all machines; those in `dead` do not answer, and the swarm knows. */
function plan(names: readonly string[], dead: readonly string[] = [], machines = all) {
  const node = (name: string): NodeView =>
    dead.includes(name)
      ? nodeOf(name, { state: "down", ...(name.startsWith("manager") && { reachability: "unreachable" }) })
      : nodeOf(name);
  const living = machines.filter((name) => !dead.includes(name));
  const memberships = Object.fromEntries(living.map((name) => [name, activeAs(`id-${name}`)]));
  const wish: RemovalWish = {
    cluster: clusterOf(machines.map((name) => machineOf(name))),
    observed: observedOf(memberships, [swarmOf(machines.map(node))]),
    silent: dead,
    names,
  };
  const result = planRemoval(wish);
  return result.ok ? result.value.map(({ kind, machine }) => `${kind} ${machine}`) : result.failure;
}

describe("planRemoval", () => {
  it("drains a worker before it leaves", () => {
    expect(plan(["node1"])).toEqual(["drain node1", "leave node1", "remove-node node1"]);
  });

  it("takes dead machines out first, and demotes before it drains", () => {
    expect(plan(["manager2", "manager3", "node1"], ["manager3"])).toEqual([
      "remove-node manager3",
      "demote manager2",
      "drain manager2",
      "drain node1",
      "leave manager2",
      "leave node1",
      "remove-node manager2",
      "remove-node node1",
    ]);
  });

  it("removes every entry of a machine, and keeps those of others", () => {
    const machines = ["manager1", "node1", "node2"];
    const ghost = nodeOf("node1", { id: "ghost", state: "down" });
    const result = planRemoval({
      cluster: clusterOf(machines.map((name) => machineOf(name))),
      observed: observedOf({ manager1: activeAs("id-manager1"), node1: membershipWith() }, [
        swarmOf([...machines.map((name) => nodeOf(name)), ghost]),
      ]),
      silent: ["node2"],
      names: ["node1"],
    });
    expect(result).toMatchObject({
      ok: true,
      value: [
        { kind: "remove-node", nodeId: "id-node1" },
        { kind: "remove-node", nodeId: "ghost" },
      ],
    });
  });

  it("goes by addresses, not by host names, where the machines' host names are their owner's", () => {
    const machines = ["manager1", "node1", "node2"];
    const shifted = nodeOf("node2", { id: "id-node1", addr: addressOf("node1"), state: "down" });
    const own = nodeOf("node3", { id: "id-node2", addr: addressOf("node2") });
    const result = planRemoval({
      cluster: { ...clusterOf(machines.map((name) => machineOf(name))), hosts: {} },
      observed: observedOf({ manager1: activeAs("id-manager1"), node2: activeAs("id-node2") }, [
        swarmOf([nodeOf("manager1"), shifted, own]),
      ]),
      silent: ["node1"],
      names: ["node2"],
    });
    expect(result).toMatchObject({
      ok: true,
      value: [{ kind: "drain" }, { kind: "leave" }, { kind: "remove-node", nodeId: "id-node2" }],
    });
  });

  it.each([
    [["manager1"], [], ["manager1", "node1"], { remaining: [], reachable: [] }],
    [["manager1", "manager2", "manager3"], [], all, { remaining: [], reachable: [] }],
    [["manager2"], ["manager3"], all, { remaining: ["manager1", "manager3"], reachable: ["manager1"] }],
  ])("refuses to remove %j while %j are dead", (names, dead, machines, its) => {
    expect(plan(names, dead, machines)).toEqual({ kind: "quorum-at-risk", machines: names, ...its });
  });

  it.each([
    [["manager2", "manager3"], []],
    [["manager3"], ["manager3"]],
    [["node1"], ["manager3"]],
  ])("removes %j while %j are dead", (names, dead) => {
    expect(plan(names, dead)).toBeInstanceOf(Array);
  });

  const twoOf = (its: Omit<RemovalWish, "cluster" | "names">) =>
    planRemoval({
      cluster: clusterOf(["manager1", "node1"].map((name) => machineOf(name))),
      names: ["node1"],
      ...its,
    });

  it("has nothing to take out where there is no swarm", () => {
    const observed = observedOf({ manager1: membershipWith(), node1: membershipWith() });
    expect(twoOf({ observed, silent: [] })).toEqual({ ok: true, value: [] });
  });

  it("does nothing behind the back of a swarm of which nobody can tell", () => {
    const outside = observedOf({ node1: activeAs("id-node1") });
    expect(twoOf({ observed: outside, silent: ["manager1"] })).toMatchObject({
      failure: { kind: "not-running", machine: "manager1" },
    });
    const leaderless = observedOf(
      { manager1: activeAs("id-manager1") },
      [],
      new Map([["manager1", "no leader"]]),
    );
    expect(twoOf({ observed: leaderless, silent: [] })).toMatchObject({ failure: { kind: "quorum-lost" } });
    const locked = observedOf({ manager1: membershipWith({ state: "locked" }) });
    expect(twoOf({ observed: locked, silent: [] })).toMatchObject({ failure: { kind: "swarm-locked" } });
  });
});
