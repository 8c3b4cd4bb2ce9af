import pLimit, { type LimitFunction } from "p-limit";
import { type Failure, FailureError } from "./failure.ts";
import type { LeafStep, Step, StepEvent, StepOutline } from "./steps.ts";
import type { Clock } from "./system/clock.ts";

export interface RunStepsOptions {
  readonly emit: (event: StepEvent) => void;
  readonly clock: Clock;
  /** Aborting starts nothing new, tells the running leaves, and skips the rest. */
  readonly signal: AbortSignal;
  /** Leaves that run at the same time over the whole tree; an integer from 1. */
  readonly maxWorkers: number;
}

type Run = RunStepsOptions & { readonly limit: LimitFunction };

/** How a step went: what its leaves threw, and the text of its outcome. */
interface Outcome {
  readonly errors: readonly unknown[];
  readonly text?: string;
}

/**
 * Runs the steps one after another and tells each event. Whatever has started is settled before this returns or throws.
 *
 * @throws FailureError the one failure of a leaf, or `several`; a leaf's unexpected error (a bug) as it is, before any failure;
 * the signal's reason when the run was aborted, whatever else happened.
 */
export async function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<void> {
  options.emit({ type: "steps", steps: steps.map(outlineOf) });
  const errors = await runInSequence(steps, { ...options, limit: pLimit(options.maxWorkers) });
  options.signal.throwIfAborted();
  if (errors.length > 0) throw combineErrors(errors);
}

function outlineOf(step: Step): StepOutline {
  return { id: step.id, title: step.title, steps: "run" in step ? [] : step.steps.map(outlineOf) };
}

async function runInSequence(steps: readonly Step[], run: Run): Promise<readonly unknown[]> {
  let errors: readonly unknown[] = [];
  for (const step of steps) {
    if (errors.length > 0) skip(step, run);
    else errors = await runStep(step, run);
  }
  return errors;
}

async function runSideBySide(steps: readonly Step[], run: Run): Promise<readonly unknown[]> {
  const errors = await Promise.all(steps.map((step) => runStep(step, run)));
  return errors.flat();
}

/** Only leaves take a worker: a group that held one while its leaves wait could wait for ever. */
function runStep(step: Step, run: Run): Promise<readonly unknown[]> {
  return "run" in step ? run.limit(() => runNow(step, run)) : runNow(step, run);
}

async function runNow(step: Step, run: Run): Promise<readonly unknown[]> {
  if (run.signal.aborted) {
    skip(step, run);
    return [run.signal.reason as unknown];
  }
  run.emit({ type: "step", id: step.id, state: "started" });
  const startMs = run.clock.nowMs();
  const outcome = "run" in step ? await runLeaf(step, run) : { errors: await runChildren(step, run) };
  run.emit({ ...endOf(step, outcome), elapsedMs: run.clock.nowMs() - startMs });
  return outcome.errors;
}

function runChildren(group: Exclude<Step, LeafStep>, run: Run): Promise<readonly unknown[]> {
  return group.mode === "sequence" ? runInSequence(group.steps, run) : runSideBySide(group.steps, run);
}

async function runLeaf(leaf: LeafStep, { emit, signal }: Run): Promise<Outcome> {
  const report = (text: string): void => emit({ type: "step", id: leaf.id, state: "progress", text });
  try {
    const text = await leaf.run({ report, signal });
    return { errors: [], ...(text !== undefined && { text }) };
  } catch (error) {
    return { errors: [error] };
  }
}

/** A failed group names no failure: its leaves did. */
function endOf(step: Step, { errors, text }: Outcome) {
  const base = { type: "step", id: step.id } as const;
  if (errors.length === 0) return { ...base, state: "done", ...(text !== undefined && { text }) } as const;
  const failure = "run" in step && errors[0] instanceof FailureError ? errors[0].failure : undefined;
  return { ...base, state: "failed", ...(failure && { failure }) } as const;
}

function skip(step: Step, run: Run): void {
  run.emit({ type: "step", id: step.id, state: "skipped" });
  if (!("run" in step)) for (const child of step.steps) skip(child, run);
}

/** What to throw for all that siblings threw: a bug before any failure. What is done for several at once fails once, and each of them throws it. */
export function combineErrors(all: readonly unknown[]): unknown {
  const errors = [...new Set(all)];
  const failed = errors.filter((error) => error instanceof FailureError);
  const bug = errors.find((error) => !(error instanceof FailureError));
  if (bug !== undefined || failed.length < errors.length) return bug;
  if (failed.length === 1) return failed[0];
  return new FailureError({ kind: "several", failures: failed.flatMap(({ failure }) => flatten(failure)) });
}

function flatten(failure: Failure): readonly Failure[] {
  return failure.kind === "several" ? failure.failures.flatMap(flatten) : [failure];
}
