import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { runSteps } from "../run-steps.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { Connections, openEngines } from "./connections.ts";
import { readCatalog } from "./lab-catalog.ts";
import { undoSteps } from "./lab-clean.ts";
import { currentLab, readProgress } from "./lab-progress.ts";
import { openLab, patientContext, type Lab, type LabOptions } from "./open-lab.ts";
import { up } from "./up.ts";

/**
 * The cluster with every machine up and every daemon answering: where that is not so, `up` makes it so. A daemon may not start for what was done to its
 * machine in the lab under way, which is undone first.
 * @throws FailureError `usage` where there are no machines; as `up`
 */
export async function openRunningLab(
  context: Context,
  options: LabOptions,
  its: { readonly tasks: readonly string[]; readonly force: boolean },
): Promise<Lab> {
  const lab = await openLab(context, options, its.tasks);
  const states = [...lab.machines.values()].map(({ state }) => state);
  if (states.every((state) => state === "absent"))
    throw new FailureError({
      kind: "usage",
      message: "there are no machines yet",
      remedy: "swarmlab up, then the same again",
    });
  if (states.every((state) => state === "running")) {
    if (await allAnswer(context, lab)) return lab;
    await undoCurrentLab(context, lab);
  }
  const how = { setup: false, dryRun: false, recreate: false, unasked: "keep", maxWorkers: 32 } as const;
  await up(context, { ...options, ...how, force: its.force });
  return openLab(context, options, its.tasks);
}

async function undoCurrentLab(usual: Context, cluster: Lab): Promise<void> {
  const progress = await readProgress(cluster.directory);
  const lab = currentLab(await readCatalog(usual, [progress.current]), progress);
  const context = patientContext(usual, cluster);
  await using connections = new Connections(context);
  const steps = undoSteps({ context, cluster, connections }, lab?.teardown ?? []);
  await withClusterLock(context, cluster.cluster.name, () => runSteps(steps, { ...context, maxWorkers: 1 }));
}

async function allAnswer(context: Context, lab: Lab): Promise<boolean> {
  await using connections = new Connections(context);
  const { signal } = context;
  try {
    const engines = await openEngines({ lab, connections });
    await Promise.all(
      [...engines.values()].map((engine) =>
        engine.request("GET", "/_ping", { signal, timeoutMs: 10_000 * lab.patience }),
      ),
    );
    return true;
  } catch (error) {
    if (
      error instanceof FailureError &&
      ["unreachable", "timeout", "engine-api"].includes(error.failure.kind)
    )
      return false;
    throw error;
  }
}
