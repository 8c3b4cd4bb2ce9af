import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { runSteps } from "../run-steps.ts";
import type { StepProgress } from "../steps.ts";
import { Connections } from "./connections.ts";
import { finishSnapshots } from "./finish-snapshots.ts";
import { haltMachines } from "./halt-machines.ts";
import { patientContext, reopenLab, type Lab } from "./open-lab.ts";
import type { StatusReport } from "./status-report.ts";
import { reportStatus } from "./status.ts";
import { bringUp } from "./up.ts";

/** Steps at the same time when the machines start again. */
const maxWorkers = 32;

/**
 * Does `work` as a step while no machine runs. Machines are halted and not frozen, so that what writes to them has written it: databases as well as
 * daemons; a snapshot never begins like after a power cut, and no node is missed by the others for the time of a copy. If the work fails, what it has
 * begun is taken back, and those that ran run again. Tells whether any ran.
 */
export async function whileHalted<T extends object>(
  usual: Context,
  its: {
    readonly lab: Lab;
    readonly title: string;
    readonly work: (progress: StepProgress) => Promise<T>;
  },
): Promise<{ readonly done: T; readonly ran: boolean }> {
  const { lab, title, work } = its;
  const context = patientContext(usual, lab);
  const ran = (await haltMachines(context, lab)).length > 0;
  try {
    return { done: await runStep(context, title, work), ran };
  } catch (error) {
    if (ran && error instanceof FailureError && !context.signal.aborted)
      await bringBackAfter(error, usual, lab);
    throw error;
  }
}

/** @throws FailureError `several`: why there was something to be taken back, and why that went wrong too. */
async function bringBackAfter(first: FailureError, context: Context, lab: Lab): Promise<void> {
  try {
    await bringBack(context, lab);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    throw new FailureError({ kind: "several", failures: [first.failure, error.failure] }, { cause: error });
  }
}

/** One step that ends with more than a text. */
async function runStep<T extends object>(
  context: Context,
  title: string,
  work: (progress: StepProgress) => Promise<T>,
): Promise<T> {
  const outcome: T[] = [];
  const run = async (progress: StepProgress): Promise<undefined> => {
    outcome.push(await work(progress));
  };
  await runSteps([{ id: "snapshot", title, run }], { ...context, maxWorkers: 1 });
  const [done] = outcome;
  if (done === undefined) throw new Error(`${title} did not end`);
  return done;
}

/** Starts what is there and verifies the swarm, as `up` does. */
export async function bringBack(usual: Context, lab: Lab): Promise<StatusReport> {
  const context = patientContext(usual, lab);
  const finished = await finishSnapshots(context, lab);
  await using connections = new Connections(context);
  const settled = await reopenLab(finished);
  const { lab: claimed, seen } = await bringUp({
    context,
    lab: settled,
    connections,
    force: false,
    recreate: false,
    maxWorkers,
  });
  return await reportStatus(context, claimed, connections, seen);
}
