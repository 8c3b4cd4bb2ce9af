import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import type { TaskResult } from "../labs/check-result.ts";
import type { LabTask } from "../labs/lab-definition.ts";
import { changeAttempt } from "../labs/progress.ts";
import { fillText } from "../labs/variables.ts";
import { changeProgress } from "./lab-progress.ts";
import { checkSession, withLabSession, type LabSession } from "./lab-session.ts";
import type { LabOptions } from "./open-lab.ts";

/** What `lab hint --json` prints. */
export interface LabHint {
  readonly schemaVersion: 1;
  readonly task: { readonly number: number; readonly title: string };
  /** 1: from what is seen; 2: the idea; 3: the command. */
  readonly tier: 1 | 2 | 3;
  /** One entry for each thing to say. */
  readonly hints: readonly string[];
}

/** The next hint for a task, or for the first that is not done: what is seen, then the idea, then the command. */
export function labHint(
  context: Context,
  options: LabOptions & { readonly task?: number | undefined },
): Promise<LabHint> {
  return withLabSession(context, options, async (session) => {
    const results = await checkSession(session, { patientUpTo: 0 });
    const wanted = options.task ?? results.find(({ done }) => !done)?.number;
    if (wanted === undefined) throw allDone();
    const task = requireTask(session, wanted);
    const given = (session.attempt.hints[task.id] ?? 0) + 1;
    const tier = given === 1 ? 1 : given === 2 ? 2 : 3;
    await changeProgress(session.cluster.directory, (progress) =>
      changeAttempt(progress, session.lab.id, (attempt) => ({
        ...attempt,
        hints: { ...attempt.hints, [task.id]: given },
      })),
    );
    const hints = hintsOf({ task, tier, result: results[task.number - 1] });
    return {
      schemaVersion: 1,
      task: { number: task.number, title: task.title },
      tier,
      hints: hints.map((hint) => fillText(hint, session.variables)),
    };
  });
}

/** @throws FailureError `usage`. */
export function requireTask({ lab }: Pick<LabSession, "lab">, number: number): LabTask {
  const task = lab.tasks[number - 1];
  if (task !== undefined) return task;
  throw new FailureError({
    kind: "usage",
    message: `lab ${lab.number} has no task ${number}`,
    remedy: `Its tasks are 1 to ${lab.tasks.length}.`,
  });
}

function hintsOf(its: {
  readonly task: LabTask;
  readonly tier: LabHint["tier"];
  readonly result: TaskResult | undefined;
}): readonly string[] {
  const { task, tier, result } = its;
  if (tier === 2) return [task.hints.concept];
  if (tier === 3) return [task.hints.command];
  const open = (result?.checks ?? []).filter(({ status }) => status !== "pass" && status !== "skip");
  if (open.length === 0) return ["This task is done."];
  return open.map(({ title, expected, actual, where, why }) =>
    why === undefined
      ? `${title}? Not yet. Wanted: ${expected ?? ""}. But ${actual ?? ""}. Look ${where ?? ""}`
      : `${title}: ${why}`,
  );
}

function allDone(): FailureError {
  return new FailureError({
    kind: "usage",
    message: "every task of this lab is done",
    remedy: "swarmlab lab list   (shows what is next)",
  });
}
