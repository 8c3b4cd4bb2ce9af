import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profileOf, type StepTiming } from "../../../src/app/step-profile.ts";

const step = (kind: string, startMs: number, endMs: number, machine = "node1"): StepTiming => ({
  kind,
  machine,
  startMs,
  elapsedMs: endMs - startMs,
});
const waitedFor = (totalMs: number, steps: readonly StepTiming[]) =>
  Object.fromEntries(profileOf({ totalMs, steps }).parts.map(({ kind, waitedMs }) => [kind, waitedMs]));

describe("profileOf", () => {
  it("counts what the others waited for, not what went on beside it", () => {
    const steps = [
      step("boot", 100, 300, "manager"),
      step("boot", 100, 500),
      step("docker", 300, 450, "manager"),
      step("docker", 500, 600),
      step("join", 650, 950),
    ];
    expect(waitedFor(1000, steps)).toEqual({
      boot: 400,
      docker: 100,
      join: 300,
      "(before the first step)": 100,
      "(between steps)": 50,
      "(after the last step)": 50,
    });
  });

  it("follows the machine that took longest, also where another one was slower before", () => {
    const steps = [
      step("boot", 0, 50, "manager"),
      step("boot", 0, 100),
      step("docker", 50, 400, "manager"),
      step("docker", 100, 200),
    ];
    expect(waitedFor(400, steps)).toMatchObject({ boot: 50, docker: 350 });
  });

  it("shows how often a kind was and its longest", () => {
    const { parts } = profileOf({ totalMs: 500, steps: [step("boot", 0, 300), step("boot", 0, 500)] });
    expect(parts[0]).toEqual({ kind: "boot", steps: 2, longestMs: 500, waitedMs: 500 });
  });

  it("puts steps in the order of their starts, whichever ended first", () => {
    const { steps } = profileOf({ totalMs: 9, steps: [step("b", 2, 3), step("a", 1, 9)] });
    expect(steps.map(({ kind }) => kind)).toEqual(["a", "b"]);
  });

  it("is all before the first step where there was none", () => {
    expect(waitedFor(70, [])).toEqual({
      "(before the first step)": 70,
      "(between steps)": 0,
      "(after the last step)": 0,
    });
  });

  it("adds up to the whole time, whatever ran", () => {
    const steps = fc.array(
      fc
        .record({ startMs: fc.nat(1000), elapsedMs: fc.nat(1000), kind: fc.constantFrom("a", "b", "c") })
        .map((timing) => ({ ...timing, machine: null })),
    );
    fc.assert(
      fc.property(steps, (timings) => {
        const { parts } = profileOf({ totalMs: 2000, steps: timings });
        const waited = parts.map(({ waitedMs }) => waitedMs);
        expect(waited.reduce((total, ms) => total + ms, 0)).toBe(2000);
        expect(Math.min(...waited)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
