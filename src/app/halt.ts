import type { Context } from "../context.ts";
import { runSteps } from "../run-steps.ts";
import { requireOwnMachines } from "./own-machines.ts";
import { openLab, type LabOptions } from "./open-lab.ts";
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
  const { cluster, provider } = lab;
  const names = [...lab.machines.values()]
    .filter(({ state }) => state === "running" || state === "broken")
    .map(({ name }) => name);
  // What heals a machine that was killed would start it again.
  const faults = await new FaultRecords(lab).read();
  if (names.length === 0 && faults.length === 0) return names;
  const steps = names.map((name) => ({
    id: `halt/${name}`,
    title: name,
    run: (progress: Parameters<typeof provider.stop>[2]) => provider.stop(cluster, name, progress),
  }));
  await withClusterLock(context, cluster.name, async () => {
    await endFaultsBeforeStop(context, lab);
    if (names.length === 0) return;
    await runSteps([{ id: "halt", title: "Machines", mode: "concurrent", steps }], {
      ...context,
      maxWorkers: names.length,
    });
  });
  return names;
}
