import { describe, expect, it } from "vitest";
import { unwrap } from "../../../src/failure.ts";
import type { Observed } from "../../../src/swarm/membership.ts";
import { planRecreation } from "../../../src/swarm/plan-recreation.ts";
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

const names = ["manager1", "manager2", "manager3", "node1"];
const cluster = clusterOf(names.map((name) => machineOf(name)));
const swarm = swarmOf(names.map((name) => nodeOf(name)));
const active = (...of: readonly string[]) =>
  Object.fromEntries(of.map((name) => [name, activeAs(`id-${name}`, addressOf("manager1"))]));
const plan = (observed: Observed, broken: readonly string[], force = false) =>
  planRecreation({ cluster, observed, names: new Set(broken), force });

describe("planRecreation", () => {
  it("takes a manager out of the group of managers before its machine goes", () => {
    const observed = observedOf(active("manager1", "manager2", "node1"), [swarm]);
    expect(unwrap(plan(observed, ["manager3"]))).toEqual([
      {
        kind: "remove-node",
        machine: "manager3",
        nodeId: "id-manager3",
        role: "manager",
        reason: "its machine is made anew",
      },
    ]);
  });

  it("leaves a worker's entry to the swarm's own plan", () => {
    const observed = observedOf(active("manager1", "manager2", "manager3"), [swarm]);
    expect(unwrap(plan(observed, ["node1"]))).toEqual([]);
  });

  it("does not take what is left of a swarm without quorum, but by force", () => {
    const silent = {
      ...membershipWith({ state: "active", nodeId: "id-manager1", controlAvailable: true }),
      remoteManagers: ["manager1", "manager2", "manager3"].map((name) => ({
        nodeId: `id-${name}`,
        addr: `${addressOf(name)}:2377`,
      })),
    };
    const observed = observedOf({ manager1: silent }, [], new Map([["manager1", "no leader"]]));
    expect(plan(observed, ["manager2", "manager3"])).toEqual({
      ok: false,
      failure: { kind: "quorum-lost", reachable: ["manager1"], needed: 2, managers: 3 },
    });
    expect(unwrap(plan(observed, ["manager2", "manager3"], true))).toEqual([]);
  });

  it("does not take the only manager with the swarm in it, but by force", () => {
    const one = clusterOf([machineOf("manager1"), machineOf("node1")]);
    const observed = observedOf(active("node1"));
    const wish = { cluster: one, observed, names: new Set(["manager1"]) };
    expect(planRecreation({ ...wish, force: false })).toEqual({
      ok: false,
      failure: { kind: "quorum-lost", reachable: [], needed: 1, managers: 1 },
    });
    expect(unwrap(planRecreation({ ...wish, force: true }))).toEqual([]);
  });

  it("takes a worker where there is no swarm to lose", () => {
    expect(unwrap(plan(observedOf({ manager1: membershipWith() }), ["node1"]))).toEqual([]);
  });
});
