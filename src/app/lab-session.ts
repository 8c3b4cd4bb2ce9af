import type { Context } from "../context.ts";
import { type CheckRun, runChecks } from "../labs/run-checks.ts";
import type { TaskResult } from "../labs/check-result.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { type Attempt, changeAttempt, markDone } from "../labs/progress.ts";
import { RoundWorld } from "../labs/round-world.ts";
import { type Variables, variablesOf } from "../labs/variables.ts";
import { Connections } from "./connections.ts";
import { featureFinder } from "./lab-features.ts";
import { readCatalog } from "./lab-catalog.ts";
import { changeProgress, readProgress, requireCurrent } from "./lab-progress.ts";
import { reachMachines } from "./lab-reach.ts";
import { requireMachinesForLabs } from "./own-machines.ts";
import { openLab, patientContext, type Lab, type LabOptions } from "./open-lab.ts";

/** A lab under way on a cluster. */
export interface LabSession {
  readonly context: Context;
  readonly cluster: Lab;
  readonly connections: Connections;
  readonly lab: LabDefinition;
  readonly attempt: Attempt;
  readonly variables: Variables;
}

/** Opens the cluster and the lab under way for as long as `work` takes. @throws FailureError `usage` where no lab is under way. */
export async function withLabSession<T>(
  usual: Context,
  options: LabOptions,
  work: (session: LabSession) => Promise<T>,
): Promise<T> {
  const cluster = await openLab(usual, options, ["look at the machines"]);
  requireMachinesForLabs(cluster);
  const context = patientContext(usual, cluster);
  const progress = await readProgress(cluster.directory);
  const { lab, attempt } = requireCurrent(await readCatalog(usual, [progress.current]), progress);
  await using connections = new Connections(context);
  connections.open(cluster);
  const variables = attemptVariables(cluster, attempt);
  return await work({ context, cluster, connections, lab, attempt, variables });
}

/** The variables of an attempt on this cluster. */
export function attemptVariables({ cluster }: Lab, { nonce }: Pick<Attempt, "nonce">): Variables {
  return variablesOf({ nonce, subnet: cluster.subnet, machines: cluster.machines });
}

/** Looks at the checks and keeps what this shows of the learner's progress. */
export async function checkSession(
  session: LabSession,
  { patientUpTo }: Pick<CheckRun, "patientUpTo">,
): Promise<readonly TaskResult[]> {
  const { context, cluster, connections, lab, variables } = session;
  const { attempt } = requireCurrent([lab], await readProgress(cluster.directory));
  const reach = reachMachines(cluster, connections);
  const tasks = await runChecks({
    tasks: lab.tasks,
    variables,
    newWorld: () =>
      new RoundWorld({
        cluster: cluster.cluster,
        attempt,
        rightAnswers: rightAnswersOf(lab),
        reach,
        clock: context.clock,
        signal: context.signal,
      }),
    lacking: featureFinder(cluster, connections),
    passedOnce: attempt.passedOnce,
    patientUpTo,
    clock: context.clock,
    signal: context.signal,
  });
  await keep(session, tasks);
  return tasks;
}

/** The right answers of a lab's quiz, as numbers from 0. */
export function rightAnswersOf({ quiz }: LabDefinition): ReadonlyMap<string, number> {
  return new Map(quiz.map(({ id, answers }) => [id, answers.findIndex(({ correct }) => correct)]));
}

async function keep({ cluster, lab }: LabSession, tasks: readonly TaskResult[]): Promise<void> {
  const results = tasks.flatMap(({ checks }) => checks);
  const passed = lab.tasks
    .flatMap(({ checks }) => checks)
    .filter(({ id, once }) => once && results.some((result) => result.id === id && result.status === "pass"))
    .map(({ id }) => id);
  const isDone = tasks.every(({ done }) => done);
  await changeProgress(cluster.directory, (progress) => {
    const changed = changeAttempt(progress, lab.id, (attempt) => ({
      ...attempt,
      passedOnce: [...new Set([...attempt.passedOnce, ...passed])],
    }));
    return isDone ? markDone(changed, lab.id, new Date().toISOString()) : changed;
  });
}
