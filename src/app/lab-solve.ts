import type { Context } from "../context.ts";
import type { TaskResult } from "../labs/check-result.ts";
import type { LabTask } from "../labs/lab-definition.ts";
import { isQuiz } from "../labs/lint-lab.ts";
import { changeAttempt } from "../labs/progress.ts";
import { fillText } from "../labs/variables.ts";
import { runSteps } from "../run-steps.ts";
import type { Step } from "../steps.ts";
import { reportOf } from "./lab-check.ts";
import { requireTask } from "./lab-hint.ts";
import { changeProgress } from "./lab-progress.ts";
import type { LabReport } from "./lab-report.ts";
import { runLabScript } from "./lab-scripts.ts";
import { checkSession, rightAnswersOf, withLabSession, type LabSession } from "./lab-session.ts";
import type { LabOptions } from "./open-lab.ts";

/** What was run, and what the checks say after it. */
export interface LabSolution {
  readonly solved: readonly { readonly task: LabTask; readonly on: string; readonly script: string }[];
  readonly report: LabReport;
}

/** Runs the solution of the first task that is not done; with `task`, of all that are not done up to that one. */
export function labSolve(
  context: Context,
  options: LabOptions & { readonly task?: number | undefined },
): Promise<LabSolution> {
  return withLabSession(context, options, async (session) => {
    let seen = await checkSession(session, { patientUpTo: 0 });
    const open = seen.filter(({ done }) => !done).map(({ number }) => number);
    const last = options.task === undefined ? (open[0] ?? 0) : requireTask(session, options.task).number;
    const tasks = session.lab.tasks.filter(({ number }) => number <= last && open.includes(number));
    await runSteps(
      tasks.map((task) => solveStep(session, task, (results) => (seen = results))),
      { ...context, maxWorkers: 1 },
    );
    const solved = tasks.map((task) => ({ task, ...scriptOf(session, task) }));
    return { solved, report: reportOf(session, seen) };
  });
}

function solveStep(
  session: LabSession,
  task: LabTask,
  onSeen: (results: readonly TaskResult[]) => void,
): Step {
  const { lab, cluster } = session;
  return {
    id: `lab/solve/${task.id}`,
    title: `${task.number}. ${task.title}`,
    run: async ({ report }) => {
      const script = lab.solutions.get(task.number);
      if (script !== undefined) await runLabScript({ ...session, script });
      if (isQuiz(task)) await answerRight(session);
      await changeProgress(cluster.directory, (progress) =>
        changeAttempt(progress, lab.id, (attempt) => ({
          ...attempt,
          solved: [...new Set([...attempt.solved, task.id])],
        })),
      );
      report("looking");
      // What a later task undoes has to be seen now; and the next begins where this one has settled.
      onSeen(await checkSession(session, { patientUpTo: task.number }));
      return undefined;
    },
  };
}

function answerRight({ lab, cluster }: LabSession): Promise<unknown> {
  const answers = Object.fromEntries(rightAnswersOf(lab));
  return changeProgress(cluster.directory, (progress) =>
    changeAttempt(progress, lab.id, (attempt) => ({ ...attempt, answers })),
  );
}

function scriptOf(
  { lab, variables }: LabSession,
  task: LabTask,
): { readonly on: string; readonly script: string } {
  const script = lab.solutions.get(task.number);
  return { on: script?.on ?? "host", script: fillText(script?.text ?? "swarmlab lab quiz\n", variables) };
}
