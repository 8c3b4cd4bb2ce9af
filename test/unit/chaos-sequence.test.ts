import { describe, expect, it } from "vitest";
import { operations } from "../chaos/operations.ts";
import { formatSequence, sequenceOf, shortRun } from "../chaos/sequence.ts";
import { newWorld, rolesOf, withStates } from "../chaos/world.ts";
import { Random } from "../support/random.ts";

const hundred = Array.from({ length: 100 }, (_, seed) => sequenceOf(seed));

describe("random sequences for a cluster", () => {
  it("are the same for the same seed, and differ by it", () => {
    expect(sequenceOf(7)).toEqual(sequenceOf(7));
    expect(new Set(hundred.map((sequence) => formatSequence(sequence, 99).replace(/\d+/, ""))).size).toBe(
      100,
    );
  });

  it("have every operation of the table, the few of npm test nearly so", () => {
    const few = Array.from({ length: shortRun.count }, (_, index) => sequenceOf(shortRun.seed + index));
    const [all, some] = [hundred, few].map(
      (sequences) => new Set(sequences.flatMap(({ steps }) => steps.map(({ operation }) => operation))),
    );
    expect([...(all ?? [])].toSorted()).toEqual(operations.map(({ name }) => name).toSorted());
    expect(some?.size).toBeGreaterThanOrEqual(operations.length - 3);
  });

  it("never have more than four machines, and always a manager", () => {
    for (const { begin, steps } of hundred) {
      const sizes = [begin, ...steps.map(({ world }) => world)].map((world) => rolesOf(world).size);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
    }
  });

  it("say what was done up to a step", () => {
    const text = formatSequence(sequenceOf(3), 2);
    expect(text).toMatch(/^sequence 3, a cluster of \d managers and \d workers:\n {2}1\. .+\n {2}2\. .+$/);
  });
});

describe("the table of operations", () => {
  const world = withStates(newWorld({ managers: 1, workers: 1 }), () => "running");
  const after = (name: string, from = world) =>
    operations.find((operation) => operation.name === name)?.plan(from, new Random(1))?.world.states;

  it.each([
    ["up", { manager: "running", node1: "running" }],
    ["grow", { manager: "running", node1: "running", node2: "running" }],
    ["halt", { manager: "stopped", node1: "stopped" }],
    ["destroy", { manager: "absent", node1: "absent" }],
    ["kill up", { manager: "unsure", node1: "unsure" }],
  ])("knows what should be there after %s", (name, states) => {
    expect(after(name)).toEqual(states);
  });

  it("knows nothing for sure of a machine that was halted in an unsure state", () => {
    const unsure = withStates(world, () => "unsure");
    expect(after("halt", unsure)).toEqual({ manager: "unsure", node1: "unsure" });
    expect(after("machine dies", unsure)).toBeUndefined();
  });
});
