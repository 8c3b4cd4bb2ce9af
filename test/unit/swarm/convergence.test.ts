import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MachineSpec } from "../../../src/cluster/cluster.ts";
import { unwrap } from "../../../src/failure.ts";
import { clusterLabel } from "../../../src/swarm/our-swarm.ts";
import { planSwarm } from "../../../src/swarm/plan-swarm.ts";
import { swarmProblems } from "../../../src/swarm/swarm-problems.ts";
import { ModelSwarm, type ModelDaemon, type ModelSwarmState } from "../../support/model-swarm.ts";
import { clusterOf, machineOf } from "./swarm-fixtures.ts";

type Situation = (typeof situations)[number];
const situations = ["inactive", "pending", "error", "locked", "member", "clone", "unknown-node"] as const;
const swarmNames = ["ours", "second", "adoptable", "foreign"] as const;
const strangerAddress = "192.0.2.1";

interface Draw {
  readonly situation: Situation;
  readonly swarm: (typeof swarmNames)[number];
  readonly isManager: boolean;
  readonly hasMoved: boolean;
  readonly ghost: "none" | "worker" | "manager";
}

const draw: fc.Arbitrary<Draw> = fc.record({
  situation: fc.constantFrom(...situations, "member", "member"),
  swarm: fc.constantFrom(...swarmNames, "ours", "ours", "ours"),
  isManager: fc.boolean(),
  hasMoved: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()),
  ghost: fc.constantFrom("none", "none", "worker", "manager"),
});

const world = fc.record({
  managers: fc.integer({ min: 1, max: 3 }),
  draws: fc.array(draw, { minLength: 3, maxLength: 6 }),
});

/** One swarm is unlocked, one after the other is started again without its quorum, and then all come into one. */
const needsFourRounds = {
  managers: 1,
  draws: [
    drawOf("clone", { swarm: "adoptable", isManager: true, ghost: "manager" }),
    drawOf("locked", { swarm: "adoptable", hasMoved: true }),
    drawOf("inactive"),
    drawOf("inactive"),
    drawOf("member", { isManager: true, ghost: "manager" }),
  ],
};

function drawOf(situation: Situation, its: Partial<Draw> = {}): Draw {
  return { situation, swarm: "ours", isManager: false, hasMoved: false, ghost: "none", ...its };
}

function modelOf({
  managers,
  draws,
}: {
  readonly managers: number;
  readonly draws: readonly Draw[];
}): ModelSwarm {
  const machines = draws.map((_, index) =>
    machineOf(index < managers ? `manager${index + 1}` : `node${index + 1 - managers}`, {
      labels: index % 2 === 1 ? { zone: "a" } : {},
    }),
  );
  const swarms = startingSwarms();
  const daemons = new Map<string, ModelDaemon>();
  machines.forEach((machine, index) => {
    const drawn = draws[index];
    if (drawn) daemons.set(machine.name, daemonOf({ machine, drawn, swarms, daemons }));
  });
  for (const daemon of daemons.values()) {
    const nodes = [...(swarms.get(daemon.swarm)?.nodes.values() ?? [])];
    daemon.remotes = nodes.flatMap(({ role, addr }) => (role === "manager" ? [addr] : []));
  }
  return new ModelSwarm({ cluster: clusterOf(machines), daemons, swarms });
}

function startingSwarms(): Map<string, ModelSwarmState> {
  const stranger = {
    hostname: "stranger",
    role: "manager",
    addr: strangerAddress,
    labels: {},
    isElsewhere: true,
  } as const;
  return new Map<string, ModelSwarmState>([
    ["ours", { labels: { [clusterLabel]: "demo" }, nodes: new Map() }],
    ["second", { labels: { [clusterLabel]: "demo" }, nodes: new Map() }],
    ["adoptable", { labels: {}, nodes: new Map() }],
    ["foreign", { labels: {}, nodes: new Map([["stranger", stranger]]) }],
  ]);
}

function daemonOf(its: {
  readonly machine: MachineSpec;
  readonly drawn: Draw;
  readonly swarms: Map<string, ModelSwarmState>;
  readonly daemons: Map<string, ModelDaemon>;
}): ModelDaemon {
  const { machine, drawn, swarms, daemons } = its;
  const nodes = swarms.get(drawn.swarm)?.nodes;
  const role = drawn.isManager ? "manager" : "worker";
  if (drawn.ghost !== "none") {
    const { name: hostname, address: addr } = machine;
    nodes?.set(`ghost-${hostname}`, { hostname, addr, role: drawn.ghost, labels: {} });
  }
  const original = [...daemons.values()].find(({ state }) => state === "active");
  if (drawn.situation === "clone" && original) return { ...original };
  if (drawn.situation === "inactive") return { state: "inactive", swarm: "", nodeId: "", remotes: [] };
  const nodeId = `node-${machine.name}`;
  if (drawn.situation === "member" || drawn.situation === "locked" || drawn.situation === "clone") {
    const addr = drawn.hasMoved ? machine.address.replace("10.99.", "10.98.") : machine.address;
    nodes?.set(nodeId, { hostname: machine.name, role, addr, labels: {} });
  }
  const isDifferent =
    drawn.situation === "pending" || drawn.situation === "error" || drawn.situation === "locked";
  return { state: isDifferent ? drawn.situation : "active", swarm: drawn.swarm, nodeId, remotes: [] };
}

describe("observe, plan, apply", () => {
  it("brings every machine into one swarm as asked within five rounds, by force", () => {
    fc.assert(
      fc.property(world, fc.boolean(), (start, unlockKeyKnown) => {
        const model = modelOf(start);
        for (let round = 1; round <= 5; round++) {
          const plan = planSwarm({
            cluster: model.cluster,
            observed: model.observe(),
            force: true,
            revive: true,
            unlockKeyKnown,
          });
          for (const action of unwrap(plan)) model.apply(action);
        }
        const observed = model.observe();
        expect(
          planSwarm({ cluster: model.cluster, observed, force: true, revive: true, unlockKeyKnown }),
        ).toEqual({
          ok: true,
          value: [],
        });
        expect(swarmProblems(model.cluster, observed)).toEqual([]);
        expect(observed.swarms).toHaveLength(1);
        expect(observed.swarms[0]?.labels[clusterLabel]).toBe("demo");
      }),
      { numRuns: 1000, examples: [[needsFourRounds, true]] },
    );
  });

  it("never leaves a foreign swarm without force", () => {
    fc.assert(
      fc.property(world, fc.boolean(), (start, unlockKeyKnown) => {
        const model = modelOf(start);
        for (let round = 1; round <= 5; round++) {
          const plan = planSwarm({
            cluster: model.cluster,
            observed: model.observe(),
            force: false,
            revive: false,
            unlockKeyKnown,
          });
          if (!plan.ok) return;
          for (const action of plan.value) {
            const { state, swarm } = model.daemons.get(action.machine) ?? {};
            // Of a swarm that it cannot open a daemon tells nothing: whose machine that is, is asked before (`surveyMachines`).
            if (action.kind === "leave" && state !== "error") expect(swarm).not.toBe("foreign");
            model.apply(action);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
