import type { Context } from "../context.ts";
import type { StepEvent, StepOutline } from "../steps.ts";
import type { UiEvent } from "../ui/ui-event.ts";
import { profileOf, type StepProfile } from "./step-profile.ts";

/** Notes how long the steps of a command take. */
export interface StepRecorder {
  /** For the command: its steps are noted and shown as ever. */
  readonly context: Context;
  /** To be called when the command is done. `machines`: the names that ids of steps may have in them. */
  finish(machines: readonly string[]): StepProfile;
}

/** A leaf that ended; `startMs` by the clock. */
interface EndedStep {
  readonly id: string;
  readonly startMs: number;
  readonly elapsedMs: number;
}

/** The command begins now. */
export function recordSteps(context: Context): StepRecorder {
  const { clock } = context;
  const beginMs = clock.nowMs();
  const leaves = new Set<string>();
  const ended: EndedStep[] = [];
  const note = (event: UiEvent): void => {
    if (event.type === "steps") for (const id of leafIds(event.steps)) leaves.add(id);
    else if (event.type === "step" && isEnd(event) && leaves.has(event.id)) {
      const { id, elapsedMs } = event;
      ended.push({ id, startMs: clock.nowMs() - elapsedMs, elapsedMs });
    }
  };
  const emit = (event: UiEvent): void => {
    note(event);
    context.emit(event);
  };
  return {
    context: { ...context, emit },
    finish: (machines) => {
      const totalMs = clock.nowMs() - beginMs;
      const steps = ended.map(({ id, startMs, elapsedMs }) => {
        return { ...placeOf(id, machines), startMs: startMs - beginMs, elapsedMs };
      });
      return profileOf({ totalMs, steps });
    },
  };
}

const isEnd = (event: StepEvent): event is Extract<StepEvent, { readonly state: "done" | "failed" }> =>
  event.type === "step" && (event.state === "done" || event.state === "failed");

function leafIds(steps: readonly StepOutline[]): readonly string[] {
  return steps.flatMap(({ id, steps: children }) => (children.length === 0 ? [id] : leafIds(children)));
}

function placeOf(id: string, machines: readonly string[]) {
  const words = id.split("/");
  const at = words.findIndex((word) => machines.includes(word));
  return { kind: words.filter((_, index) => index !== at).join("/"), machine: words[at] ?? null };
}
