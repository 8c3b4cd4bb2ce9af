import type { Context } from "../context.ts";
import { runSteps } from "../run-steps.ts";
import { removeFile, unlockKeyFile } from "../state/lab-files.ts";
import { DockerContexts } from "../state/docker-contexts.ts";
import type { StepProgress } from "../steps.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { confirmAction } from "./confirm-action.ts";
import { Connections } from "./connections.ts";
import { FaultRecords } from "./fault-records.ts";
import { healFault } from "./fault-work.ts";
import { removeContexts } from "./docker-contexts.ts";
import { openLab, type Lab, type LabOptions } from "./open-lab.ts";
import { refuseMountOver } from "./refuse-mount.ts";
import { releaseMachines, tryOn } from "./release-machines.ts";

export interface DestroyOptions extends LabOptions {
  /** Do not ask. */
  readonly yes: boolean;
}

/**
 * Takes the whole cluster away, by what is really there, and verifies that nothing is left; machines that are not this program's own are given back
 * as they were. Returns the names of its machines. @throws FailureError `prerequisite` where something is mounted over its directory
 */
export async function destroy(context: Context, options: DestroyOptions): Promise<readonly string[]> {
  const lab = await openLab(context, options, ["end the machines and remove what belongs to them"]);
  const { cluster, provider, directory } = lab;
  await refuseMountOver(provider.stateDirectory(cluster));
  const names = [...lab.machines.values()].filter(({ state }) => state !== "absent").map(({ name }) => name);
  const what = names.length === 0 ? "what is left of it" : names.join(", ");
  const { ownsMachines } = provider.capabilities;
  const snapshots = ((await provider.snapshots?.list(cluster)) ?? []).map(({ name }) => name);
  const kept = snapshots.length === 0 ? "" : `, and its snapshots (${snapshots.join(", ")})`;
  const action = ownsMachines
    ? `destroy the cluster ${cluster.name} (${what}) with all that its machines hold${kept}`
    : `end the swarm of the cluster ${cluster.name}, with its services, and give back its machines (${what})`;
  await confirmAction(context, {
    action,
    yes: options.yes || names.length + snapshots.length === 0,
    command: "swarmlab destroy --yes",
  });
  const step = {
    id: "destroy",
    title: ownsMachines
      ? "Destroy and verify that nothing is left"
      : "Take the machines out of the swarm and verify that nothing is left",
    run: async (progress: Parameters<typeof provider.destroy>[1]) => {
      if (!ownsMachines) await release(context, lab, progress);
      await provider.destroy(cluster, progress);
      await removeFile(unlockKeyFile(directory));
      await removeContexts(new DockerContexts(context.host.dockerDirectory), lab);
      return undefined;
    },
  };
  await withClusterLock(context, cluster.name, () => runSteps([step], { ...context, maxWorkers: 1 }));
  return names;
}

async function release(context: Context, lab: Lab, progress: StepProgress): Promise<void> {
  await using connections = new Connections(context);
  const work = { context, lab, connections };
  const left: string[] = [];
  for (const record of await new FaultRecords(lab).read()) {
    const outcome = await tryOn(`fault ${record.id}`, () => healFault(work, record, progress));
    if (outcome !== undefined) left.push(outcome);
  }
  await releaseMachines({ ...work, progress, left });
}
