import type { Context } from "../context.ts";
import { runSteps } from "../run-steps.ts";
import type { StepProgress } from "../steps.ts";
import { endFaultsBeforeStop } from "./faults-around.ts";
import { keepUnlockKeyBeforeHalt } from "./keep-unlock-key.ts";
import type { Lab } from "./open-lab.ts";

/** Under the cluster's lock: stops the machines that run. Returns their names. */
export async function haltMachines(context: Context, lab: Lab): Promise<readonly string[]> {
  const { cluster, provider, machines } = lab;
  const names = [...machines.values()]
    .filter(({ state }) => state === "running" || state === "broken")
    .map(({ name }) => name);
  // What heals a machine that was killed would start it again.
  await endFaultsBeforeStop(context, lab);
  if (names.length === 0) return names;
  await keepUnlockKeyBeforeHalt(context, lab);
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
