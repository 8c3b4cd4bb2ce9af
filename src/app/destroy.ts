import type { Context } from "../context.ts";
import { runSteps } from "../run-steps.ts";
import { removeFile, unlockKeyFile } from "../state/lab-files.ts";
import { DockerContexts } from "../state/docker-contexts.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { confirmAction } from "./confirm-action.ts";
import { removeContexts } from "./docker-contexts.ts";
import { openLab, type LabOptions } from "./open-lab.ts";

export interface DestroyOptions extends LabOptions {
  /** Do not ask. */
  readonly yes: boolean;
}

/** Takes the whole cluster away, by what is really there, and verifies that nothing is left. Returns the names of its machines. */
export async function destroy(context: Context, options: DestroyOptions): Promise<readonly string[]> {
  const lab = await openLab(context, options, ["end the machines and remove what belongs to them"]);
  const { cluster, provider, directory } = lab;
  const names = [...lab.machines.values()].filter(({ state }) => state !== "absent").map(({ name }) => name);
  const what = names.length === 0 ? "what is left of it" : names.join(", ");
  const action = `destroy the cluster ${cluster.name} (${what}) with all that its machines hold`;
  await confirmAction(context, {
    action,
    yes: options.yes || names.length === 0,
    command: "swarmlab destroy --yes",
  });
  const step = {
    id: "destroy",
    title: "Destroy and verify that nothing is left",
    run: async (progress: Parameters<typeof provider.destroy>[1]) => {
      await provider.destroy(cluster, progress);
      await removeFile(unlockKeyFile(directory));
      await removeContexts(new DockerContexts(context.host.dockerDirectory), lab);
      return undefined;
    },
  };
  await withClusterLock(context, cluster.name, () => runSteps([step], { ...context, maxWorkers: 1 }));
  return names;
}
