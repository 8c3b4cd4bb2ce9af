import { expect, it } from "vitest";
import { recordSteps } from "../../../src/app/step-recorder.ts";
import type { Context } from "../../../src/context.ts";
import { runSteps } from "../../../src/run-steps.ts";
import type { Step } from "../../../src/steps.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import type { UiEvent } from "../../../src/ui/ui-event.ts";

/** Time passes only when a step lets it pass. */
function world() {
  let now = 5000;
  const shown: UiEvent[] = [];
  const context = {
    clock: { ...systemClock, nowMs: () => now },
    emit: (event: UiEvent) => void shown.push(event),
    signal: new AbortController().signal,
  } as unknown as Context;
  const taking = (id: string, ms: number): Step => ({
    id,
    title: id,
    run: () => {
      now += ms;
      return Promise.resolve(undefined);
    },
  });
  return { context, shown, taking, pass: (ms: number) => (now += ms) };
}

it("tells of each leaf when it started and how long it took, over several trees", async () => {
  const { context, taking, pass } = world();
  const recorder = recordSteps(context);
  pass(10);
  const machine: Step = {
    id: "machines/node1",
    title: "node1",
    mode: "sequence",
    steps: [taking("machines/node1/create", 100), taking("machines/node1/ssh", 20)],
  };
  await runSteps([taking("prepare", 5), machine], { ...recorder.context, maxWorkers: 2 });
  pass(3);
  await runSteps([taking("swarm/join/node1", 40)], { ...recorder.context, maxWorkers: 2 });
  pass(2);
  const { totalMs, steps } = recorder.finish(["manager", "node1"]);
  expect(totalMs).toBe(180);
  expect(steps).toEqual([
    { kind: "prepare", machine: null, startMs: 10, elapsedMs: 5 },
    { kind: "machines/create", machine: "node1", startMs: 15, elapsedMs: 100 },
    { kind: "machines/ssh", machine: "node1", startMs: 115, elapsedMs: 20 },
    { kind: "swarm/join", machine: "node1", startMs: 138, elapsedMs: 40 },
  ]);
});

it("tells of a step that failed", async () => {
  const { context } = world();
  const recorder = recordSteps(context);
  const run = () => Promise.reject(new Error("broken"));
  const failing = runSteps([{ id: "a", title: "a", run }], { ...recorder.context, maxWorkers: 1 });
  await expect(failing).rejects.toThrow("broken");
  expect(recorder.finish([]).steps).toEqual([{ kind: "a", machine: null, startMs: 0, elapsedMs: 0 }]);
});

it("lets the person see all as ever", async () => {
  const { context, shown, taking } = world();
  const { context: recorded } = recordSteps(context);
  recorded.emit({ type: "note", level: "info", text: "hello" });
  await runSteps([taking("prepare", 5)], { ...recorded, maxWorkers: 1 });
  expect(shown.map((event) => ("state" in event ? event.state : event.type))).toEqual([
    "note",
    "steps",
    "started",
    "done",
  ]);
});
