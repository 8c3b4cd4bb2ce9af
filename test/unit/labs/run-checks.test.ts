import { describe, expect, it } from "vitest";
import { FailureError } from "../../../src/failure.ts";
import type { Check } from "../../../src/labs/check.ts";
import type { LabTask } from "../../../src/labs/lab-definition.ts";
import { blocked, converging, failed, pass, type Look } from "../../../src/labs/look.ts";
import { runChecks, type CheckRun } from "../../../src/labs/run-checks.ts";
import { withPatience } from "../../../src/system/clock.ts";
import { pretendWorld } from "../../support/pretended-world.ts";

const no = failed({ expected: "a", actual: "b", where: "c" });
const soon = converging({ expected: "a", actual: "b", where: "c" });

/** A check that sees these looks one after another, the last again and again. */
function check(id: string, looks: readonly (Look | Error)[], its: Partial<Check> = {}): Check {
  let next = 0;
  return {
    ...{
      kind: "nodes",
      id,
      title: `${id} is so`,
      deadline: 10,
      stable: 1,
      once: false,
      after: [],
      needs: [],
    },
    ...{ names: [], machines: [], values: {} },
    look: () => {
      const seen = looks[Math.min(next++, looks.length - 1)] ?? no;
      return seen instanceof Error ? Promise.reject(seen) : Promise.resolve(seen);
    },
    ...its,
  };
}

const task = (number: number, ...checks: readonly Check[]): LabTask => ({
  ...{ number, id: `task-${number}`, title: "T", why: "W", hints: { concept: "", command: "" }, checks },
});

/** `id status looks` of every check. */
async function run(tasks: readonly LabTask[], its: Partial<CheckRun> = {}): Promise<readonly string[]> {
  let nowMs = 0;
  const results = await runChecks({
    tasks,
    variables: {},
    newWorld: () => pretendWorld({}),
    lacking: () => Promise.resolve([]),
    passedOnce: [],
    patientUpTo: Infinity,
    clock: { nowMs: () => nowMs, sleep: (ms) => Promise.resolve(void (nowMs += ms)) },
    signal: new AbortController().signal,
    ...its,
  });
  return results.flatMap(({ checks }) => checks.map(({ id, status, looks }) => `${id} ${status} ${looks}`));
}

describe("runChecks", () => {
  it("fills variables into what it tells: titles, and why", async () => {
    let nowMs = 0;
    const before = check("before", [no], { title: "{{nonce}} is first" });
    const after = check("after", [pass], { title: "Then {{nonce}}", after: ["before"] });
    const [told] = await runChecks({
      tasks: [{ ...task(1, before, after), why: "For {{nonce}}." }],
      variables: { nonce: "bcdfgh" },
      newWorld: () => pretendWorld({}),
      lacking: () => Promise.resolve([]),
      passedOnce: [],
      patientUpTo: 0,
      clock: { nowMs: () => nowMs, sleep: (ms) => Promise.resolve(void (nowMs += ms)) },
      signal: new AbortController().signal,
    });
    expect(told).toMatchObject({
      why: "For bcdfgh.",
      checks: [{ title: "bcdfgh is first" }, { title: "Then bcdfgh", expected: "first: bcdfgh is first" }],
    });
  });

  it("passes what was seen often enough in a row", async () => {
    expect(
      await run([task(1, check("one", [pass]), check("two", [pass, soon, pass], { stable: 2 }))]),
    ).toEqual(["one pass 1", "two pass 4"]);
  });

  it("fails what three looks in a row deny: what was asked for a moment ago may not show yet", async () => {
    expect(await run([task(1, check("late", [no, no, pass]), check("never", [no]))])).toEqual([
      "late pass 3",
      "never fail 3",
    ]);
  });

  it("waits for what is on its way as far as the deadline, and no longer", async () => {
    expect(
      await run([task(1, check("slow", [soon, soon, soon, pass]), check("stuck", [soon], { deadline: 2 }))]),
    ).toEqual(["slow pass 4", "stuck fail 5"]);
  });

  it("waits longer by the clock's patience, where machines are slower than usual", async () => {
    let nowMs = 0;
    const sleep = (ms: number): Promise<void> => Promise.resolve(void (nowMs += ms));
    const clock = withPatience({ nowMs: () => nowMs, sleep }, 3);
    expect(await run([task(1, check("stuck", [soon], { deadline: 2 }))], { clock })).toEqual([
      "stuck fail 13",
    ]);
  });

  it("waits only for the first task that is not done", async () => {
    expect(
      await run([
        task(1, check("one", [no])),
        task(2, check("two", [soon])),
        task(3, check("three", [pass])),
      ]),
    ).toEqual(["one fail 3", "two wait 3", "three pass 1"]);
  });

  it("waits in no later task than it is told to", async () => {
    const slow = task(1, check("one", [soon, no, pass]));
    const later = task(2, check("two", [soon, pass]), check("three", [no, pass]));
    expect(await run([slow, later], { patientUpTo: 1 })).toEqual([
      "one pass 3",
      "two wait 1",
      "three fail 1",
    ]);
  });

  it("tells at once what is on its way when it is not to be patient", async () => {
    expect(await run([task(1, check("one", [soon]), check("two", [no]))], { patientUpTo: 0 })).toEqual([
      "one wait 1",
      "two fail 1",
    ]);
  });

  it("fails what comes after a check that fails, and looks at the rest only then", async () => {
    const after = check("after", [pass], { after: ["first"] });
    expect(await run([task(1, check("first", [no])), task(2, after)])).toEqual([
      "first fail 3",
      "after fail 1",
    ]);
    expect(await run([task(1, check("first", [soon, pass])), task(2, after)])).toEqual([
      "first pass 2",
      "after pass 1",
    ]);
  });

  it("blocks what cannot be asked, in words, and lets a bug through", async () => {
    const silent = new FailureError({ kind: "not-running", machine: "node1", state: "stopped" });
    expect(await run([task(1, check("one", [silent]), check("two", [blocked("no dig")]))])).toEqual([
      "one blocked 1",
      "two blocked 1",
    ]);
    await expect(run([task(1, check("one", [new Error("bug")]))])).rejects.toThrow("bug");
  });

  it("does not look at what has passed once, nor at what a machine lacks the means for", async () => {
    const tasks = [task(1, check("seen", [no], { once: true }), check("mesh", [no], { needs: ["ip_vs"] }))];
    expect(await run(tasks, { passedOnce: ["seen"], lacking: () => Promise.resolve(["node1"]) })).toEqual([
      "seen pass 0",
      "mesh skip 0",
    ]);
    expect(await run(tasks)).toEqual(["seen fail 3", "mesh fail 3"]);
  });
});
