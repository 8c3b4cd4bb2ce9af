import { type Failure, FailureError } from "../failure.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import type { Check } from "./check.ts";
import type { Feature } from "./check-kind.ts";
import type { CheckResult, TaskResult } from "./check-result.ts";
import type { LabTask } from "./lab-definition.ts";
import { blocked, type Difference, type Look } from "./look.ts";
import { fillText, type Variables } from "./variables.ts";
import type { World } from "./world.ts";

export interface CheckRun {
  readonly tasks: readonly LabTask[];
  readonly variables: Variables;
  /** Called for each round. */
  readonly newWorld: () => World;
  /** Machines that lack a feature. */
  readonly lacking: (feature: Feature) => Promise<readonly string[]>;
  /** Checks with `once` that have passed before. */
  readonly passedOnce: readonly string[];
  /**
   * Wait in the tasks up to this number for what is on its way, as far as each check's deadline; in the others such a check is told as `wait`
   * at once.
   */
  readonly patientUpTo: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Between two rounds of looks. */
const intervalMs = 500;

/** Looks in a row that must see a failure: what was asked for a moment ago may show only in the next. */
const patientFailures = 3;

/**
 * Looks at all checks, round after round, until each is decided: passed often enough in a row, failed, or not to be evaluated. Only the first
 * task that is not done is waited for. Changes nothing.
 */
export async function runChecks(run: CheckRun): Promise<readonly TaskResult[]> {
  const tasks = run.tasks.map((task) => fillTask(task, run.variables));
  const trials = tasks.flatMap((task) => task.checks.map((check) => new Trial(check, task)));
  await settleWithoutLooking(run, trials);
  for (;;) {
    await lookOnce(run, trials);
    if (trials.every(({ result }) => result !== undefined)) break;
    await run.clock.sleep(intervalMs, run.signal);
  }
  return tasks.map(({ id, number, title, why, checks }) => {
    const results = checks.flatMap((check) => trials.find((trial) => trial.check === check)?.result ?? []);
    return { id, number, title, why, done: results.every(isGood), checks: results };
  });
}

/** What a learner is told; what a check looks at it fills in itself. */
function fillTask(task: LabTask, variables: Variables): LabTask {
  const checks = task.checks.map((check) => ({ ...check, title: fillText(check.title, variables) }));
  return { ...task, why: fillText(task.why, variables), checks };
}

const isGood = ({ status }: CheckResult): boolean => status === "pass" || status === "skip";

/** One check on its way to a result. */
class Trial {
  readonly check: Check;
  readonly task: LabTask;
  result: CheckResult | undefined;
  looks = 0;
  streak = 0;
  failures = 0;
  startMs: number | undefined;

  constructor(check: Check, task: LabTask) {
    this.check = check;
    this.task = task;
  }

  settle(rest: Omit<CheckResult, "id" | "title" | "kind" | "looks">): void {
    const { id, title, kind } = this.check;
    this.result = { id, title, kind, looks: this.looks, ...rest };
  }
}

async function settleWithoutLooking(run: CheckRun, trials: readonly Trial[]): Promise<void> {
  for (const trial of trials) {
    const { check } = trial;
    if (check.once && run.passedOnce.includes(check.id)) trial.settle({ status: "pass", seenBefore: true });
    for (const feature of check.needs) {
      const machines = await run.lacking(feature);
      if (machines.length > 0)
        trial.settle({
          status: "skip",
          why: `it needs ${feature}, which is missing on ${machines.join(", ")}`,
        });
    }
  }
}

async function lookOnce(run: CheckRun, trials: readonly Trial[]): Promise<void> {
  const world = run.newWorld();
  const isOpen = ({ result }: Trial): boolean => result === undefined;
  const ready = trials.filter(
    (trial) => isOpen(trial) && prerequisites(trial, trials).every((each) => !isOpen(each)),
  );
  const looks = await Promise.all(ready.map((trial) => look({ trial, trials, world, run })));
  for (const [index, trial] of ready.entries())
    decide(run, trial, looks[index] ?? blocked("it was not looked at"));
  const frontier = Math.min(
    ...trials.filter(({ result }) => result !== undefined && !isGood(result)).map(({ task }) => task.number),
  );
  for (const trial of ready.filter(({ task, streak }) => task.number > frontier && streak === 0)) {
    const seen = looks[ready.indexOf(trial)];
    if (isOpen(trial))
      trial.settle({ status: seen?.state === "fail" ? "fail" : "wait", ...differenceIn(seen) });
  }
}

const prerequisites = ({ check }: Trial, trials: readonly Trial[]): readonly Trial[] =>
  trials.filter((other) => check.after.includes(other.check.id));

async function look(its: {
  readonly trial: Trial;
  readonly trials: readonly Trial[];
  readonly world: World;
  readonly run: CheckRun;
}): Promise<Look> {
  const { trial, trials, world, run } = its;
  const missing = prerequisites(trial, trials).find(({ result }) => result !== undefined && !isGood(result));
  if (missing !== undefined) {
    const where = missing.result?.where ?? "swarmlab lab show";
    return { state: "fail", expected: `first: ${missing.check.title}`, actual: "that is not so yet", where };
  }
  try {
    return await trial.check.look(world, run.variables);
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof FailureError) return blocked(whyBlocked(error.failure));
    throw error;
  }
}

function decide(run: CheckRun, trial: Trial, seen: Look): void {
  trial.looks++;
  trial.startMs ??= run.clock.nowMs();
  trial.streak = seen.state === "pass" ? trial.streak + 1 : 0;
  trial.failures = seen.state === "fail" ? trial.failures + 1 : 0;
  if (seen.state === "blocked") trial.settle({ status: "blocked", why: seen.why });
  else if (seen.state === "pass") {
    if (trial.streak >= trial.check.stable) trial.settle({ status: "pass" });
  } else {
    const isLate = run.clock.nowMs() - trial.startMs >= limitMs(run.clock, trial.check.deadline * 1000);
    const isPatient = trial.task.number <= run.patientUpTo;
    const isFinal = seen.state === "fail" && trial.failures >= (isPatient ? patientFailures : 1);
    if (isFinal || isLate) trial.settle({ status: "fail", ...differenceIn(seen) });
    else if (!isPatient) trial.settle({ status: "wait", ...differenceIn(seen) });
  }
}

function differenceIn(seen: Look | undefined): Partial<Difference> {
  if (seen?.state !== "fail" && seen?.state !== "converging") return {};
  const { expected, actual, where } = seen;
  return { expected, actual, where };
}

function whyBlocked(failure: Failure): string {
  switch (failure.kind) {
    case "unreachable":
      return `${failure.machine} does not answer: ${failure.reason}`;
    case "not-running":
      return `${failure.machine} is not running; its state is ${failure.state}`;
    case "timeout":
      return `gave up waiting for ${failure.waitedFor}`;
    case "engine-api":
      return `the Docker Engine of ${failure.machine} answered: ${failure.message}`;
    default:
      return `this went wrong: ${failure.kind}`;
  }
}
