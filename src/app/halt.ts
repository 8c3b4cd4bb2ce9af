import type { Context } from "../context.ts";
import { runSteps } from "../run-steps.ts";
import type { StepProgress } from "../steps.ts";
import { requireOwnMachines } from "./own-machines.ts";
import { openLab, type Lab, type LabOptions } from "./open-lab.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { FaultRecords } from "./fault-records.ts";
import { endFaultsBeforeStop } from "./faults-around.ts";

/** Stops all machines in an orderly way; `up` starts them again as they were. Returns the names of those that ran. */
export async function halt(context: Context, options: LabOptions): Promise<readonly string[]> {
  const lab = await openLab(context, options, ["stop the machines"]);
  requireOwnMachines(lab, {
    action: "stop machines",
    remedy: "swarmlab destroy takes them out of the swarm; stop them by their own means.",
  });
  const names = runningIn(lab);
  // What heals a machine that was killed would start it again.
  const faults = await new FaultRecords(lab).read();
  if (names.length === 0 && faults.length === 0) return names;
  return await withClusterLock(context, lab.cluster.name, () => haltMachines(context, lab));
}

/** The same under the cluster's lock. */
export async function haltMachines(context: Context, lab: Lab): Promise<readonly string[]> {
  const { cluster, provider } = lab;
  const names = runningIn(lab);
  await endFaultsBeforeStop(context, lab);
  if (names.length === 0) return names;
  const steps = names.map((name) => ({
    id: `halt/${name}`,
    title: name,
    run: (progress: StepProgress) => provider.stop(cluster, name, progress),
  }));
  await runSteps([{ id: "halt", title: "Machines", mode: "concurrent", steps }], {
    ...context,
    maxWorkers: names.length,
  });
  return names;
}

function runningIn({ machines }: Lab): readonly string[] {
  return [...machines.values()]
    .filter(({ state }) => state === "running" || state === "broken")
    .map(({ name }) => name);
}
