import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Failure, FailureError } from "../../src/failure.ts";
import { runSteps } from "../../src/run-steps.ts";
import type { GroupStep, LeafStep, Step, StepEvent } from "../../src/steps.ts";

const failureOf = (message: string): Failure => ({ kind: "usage", message, remedy: "none" });
const leaf = (id: string, run: LeafStep["run"] = () => Promise.resolve(undefined)): LeafStep => ({
  id,
  title: id,
  run,
});
const failing = (id: string, error: unknown = new FailureError(failureOf(id))): LeafStep =>
  leaf(id, async () => {
    await pause();
    throw error;
  });
const group = (id: string, mode: GroupStep["mode"], ...steps: readonly Step[]): GroupStep => ({
  id,
  title: id,
  mode,
  steps,
});
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

async function run(steps: readonly Step[], options: { signal?: AbortSignal; maxWorkers?: number } = {}) {
  const events: StepEvent[] = [];
  let nowMs = 0;
  const clock = { nowMs: () => (nowMs += 10), sleep: () => Promise.resolve() };
  const { signal = new AbortController().signal, maxWorkers = 4 } = options;
  const error: unknown = await runSteps(steps, {
    emit: (event) => events.push(event),
    clock,
    signal,
    maxWorkers,
  }).catch((reason: unknown) => reason);
  const states = events.flatMap((event) => (event.type === "step" ? [`${event.id} ${event.state}`] : []));
  return { events, states, error };
}

describe("runSteps", () => {
  it("tells the outline first, then starts, progress and ends in order", async () => {
    const boot = leaf("g/boot", (progress) => {
      progress.report("waiting");
      return Promise.resolve("already running");
    });
    const { events, error } = await run([group("g", "sequence", boot)]);
    expect(error).toBeUndefined();
    expect(events).toEqual([
      {
        type: "steps",
        steps: [{ id: "g", title: "g", steps: [{ id: "g/boot", title: "g/boot", steps: [] }] }],
      },
      { type: "step", id: "g", state: "started" },
      { type: "step", id: "g/boot", state: "started" },
      { type: "step", id: "g/boot", state: "progress", text: "waiting" },
      { type: "step", id: "g/boot", state: "done", elapsedMs: 10, text: "already running" },
      { type: "step", id: "g", state: "done", elapsedMs: 30 },
    ]);
  });

  it("skips everything after a failure, and throws that failure", async () => {
    const error = new FailureError(failureOf("b"));
    const result = await run([leaf("a"), failing("b", error), group("c", "sequence", leaf("c/d"))]);
    expect(result.error).toBe(error);
    expect(result.states.slice(2)).toEqual(["b started", "b failed", "c skipped", "c/d skipped"]);
    expect(result.events).toContainEqual(expect.objectContaining({ id: "b", failure: error.failure }));
  });

  it("settles the siblings of a failure, to the end of their own sequences", async () => {
    const slow = group(
      "g/slow",
      "sequence",
      leaf("g/slow/1", () => pause().then(() => undefined)),
      leaf("g/slow/2"),
    );
    const { states } = await run([group("g", "concurrent", failing("g/bad"), slow), leaf("after")]);
    expect(states).toContain("g/slow/2 done");
    expect(states.slice(-3)).toEqual(["g/slow done", "g failed", "after skipped"]);
  });

  it("gathers several failures into one, flattened", async () => {
    const nested = new FailureError({ kind: "several", failures: [failureOf("x"), failureOf("y")] });
    const { error } = await run([group("g", "concurrent", failing("a"), failing("b", nested))]);
    expect(error).toMatchObject({
      failure: { kind: "several", failures: [failureOf("a"), failureOf("x"), failureOf("y")] },
    });
  });

  it("throws a bug as it is, before any failure", async () => {
    const bug = new TypeError("oops");
    const { error, events } = await run([group("g", "concurrent", failing("a"), failing("b", bug))]);
    expect(error).toBe(bug);
    expect(
      events.find((event) => event.type === "step" && event.id === "b" && event.state === "failed"),
    ).toEqual({
      type: "step",
      id: "b",
      state: "failed",
      elapsedMs: expect.any(Number) as number,
    });
  });

  it("starts nothing new after an abort, tells the running leaf, and throws the reason", async () => {
    const abort = new AbortController();
    const reason = new FailureError({ kind: "interrupted", next: "swarmlab up" });
    const running = leaf("g/a", ({ signal }) => {
      abort.abort(reason);
      return signal.aborted ? Promise.reject(new Error("cancelled")) : Promise.resolve("not told");
    });
    const steps = [group("g", "concurrent", running, leaf("g/b")), group("h", "sequence", leaf("h/a"))];
    const { states, error } = await run(steps, { signal: abort.signal, maxWorkers: 1 });
    expect(error).toBe(reason);
    expect(states).toEqual([
      "g started",
      "g/a started",
      "g/a failed",
      "g/b skipped",
      "g failed",
      "h skipped",
      "h/a skipped",
    ]);
  });

  it("never runs more leaves than there are workers, over all groups", async () => {
    let active = 0;
    let most = 0;
    const busy = (id: string) =>
      leaf(id, async () => {
        most = Math.max(most, ++active);
        await pause();
        active--;
        return undefined;
      });
    const pair = (id: string) => group(id, "concurrent", busy(`${id}/1`), busy(`${id}/2`));
    await run([group("g", "concurrent", pair("a"), pair("b"), pair("c"))], { maxWorkers: 2 });
    expect(most).toBe(2);
  });

  it("ends each step exactly once, whatever the tree", async () => {
    await fc.assert(
      fc.asyncProperty(trees, fc.integer({ min: 1, max: 3 }), async (steps, maxWorkers) => {
        const { states } = await run(steps, { maxWorkers });
        const ended = states
          .filter((state) => /(done|failed|skipped)$/.test(state))
          .map((s) => s.split(" ")[0]);
        expect(ended.toSorted()).toEqual(idsOf(steps).toSorted());
      }),
      { numRuns: 50 },
    );
  });

  it("tells a failure that several steps share once", async () => {
    const shared = new FailureError(failureOf("shared"));
    const { error, states } = await run([
      group("g", "concurrent", failing("a", shared), failing("b", shared), failing("c")),
    ]);
    expect(error).toMatchObject({ failure: { failures: [{ message: "shared" }, { message: "c" }] } });
    expect(states).toEqual(expect.arrayContaining(["a failed", "b failed", "c failed"]));
  });
});

const idsOf = (steps: readonly Step[]): readonly string[] =>
  steps.flatMap((step) => [step.id, ...("run" in step ? [] : idsOf(step.steps))]);

type Shape = boolean | { readonly mode: GroupStep["mode"]; readonly of: readonly Shape[] };

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3 },
    fc.boolean(),
    fc.record({
      mode: fc.constantFrom("sequence" as const, "concurrent" as const),
      of: fc.array(tie("shape"), { maxLength: 3 }),
    }),
  ),
}));

const toStep = (from: Shape, id: string): Step => {
  if (typeof from === "boolean") return from ? leaf(id) : failing(id);
  return group(id, from.mode, ...from.of.map((child, index) => toStep(child, `${id}/${index}`)));
};

const trees = fc
  .array(shape, { maxLength: 3 })
  .map((shapes) => shapes.map((s, index) => toStep(s, `${index}`)));
