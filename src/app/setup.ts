import type { Context } from "../context.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { FailureError } from "../failure.ts";
import { chooseProvider } from "../machine/choose-provider.ts";
import type { SetupPlan } from "../machine/provider.ts";
import { runSteps } from "../run-steps.ts";
import type { Step } from "../steps.ts";
import { confirmAction } from "./confirm-action.ts";
import { readCluster, type LabOptions } from "./open-lab.ts";

export interface SetupOptions extends LabOptions {
  /** Do not ask. */
  readonly yes: boolean;
}

/** Installs what the host lacks for the chosen provider. Returns the commands that ran; none: nothing was missing. */
export async function setup(context: Context, options: SetupOptions): Promise<readonly string[]> {
  const { cluster } = await readCluster(context, options);
  return installMissing(context, cluster, options.yes);
}

/** As `setup`, with the configuration read already. */
export async function installMissing(
  context: Context,
  cluster: Cluster,
  yes: boolean,
): Promise<readonly string[]> {
  const { provider } = await chooseProvider(cluster, await context.providers(), context.host.isRoot);
  const plan = await provider.planSetup();
  if (plan === undefined) return [];
  if (plan.commands.length === 0) throw byHand(plan);
  const commands = plan.commands.map((argv) => argv.join(" "));
  if (!context.host.isRoot) {
    throw new FailureError({
      kind: "needs-root",
      tasks: [`run: ${commands.join("; ")}`],
      command: context.host.sudoCommand,
    });
  }
  await confirmAction(context, {
    action: `run: ${commands.join("; ")}`,
    yes,
    command: "swarmlab setup --yes",
  });
  const steps = plan.commands.map((argv) => commandStep(context, argv));
  await runSteps([{ id: "setup", title: "Setup", mode: "sequence", steps }], { ...context, maxWorkers: 1 });
  return commands;
}

function commandStep(context: Context, argv: readonly [string, ...string[]]): Step {
  return {
    id: `setup/${argv[1] ?? argv[0]}`,
    title: argv.join(" "),
    run: async ({ report, signal }) => {
      await context.processes.run({
        argv,
        signal,
        onLine: report,
        env: { DEBIAN_FRONTEND: "noninteractive" },
      });
      return undefined;
    },
  };
}

function byHand({ instructions }: SetupPlan): FailureError {
  return new FailureError({
    kind: "prerequisite",
    problems: instructions.map((instruction) => ({
      severity: "error",
      what: "packages are missing",
      remedy: instruction,
    })),
  });
}
