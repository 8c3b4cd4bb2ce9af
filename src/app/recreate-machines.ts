import { unwrap } from "../failure.ts";
import { runSteps } from "../run-steps.ts";
import type { Step } from "../steps.ts";
import { observeSwarm } from "../swarm/observe.ts";
import { planRecreation } from "../swarm/plan-recreation.ts";
import type { BeyondRepair } from "./beyond-repair.ts";
import type { MachineWork } from "./configure-machine.ts";
import { actionSteps } from "./swarm-steps.ts";

/**
 * Takes machines away that cannot be brought back, and makes them anew under their names and addresses; the others stay as they are.
 * @throws FailureError `quorum-lost` before anything is changed, where one of them may hold what is left of the swarm
 */
export async function recreateMachines(
  work: MachineWork & {
    readonly force: boolean;
    readonly maxWorkers: number;
    /** Brings up a machine that is not there. */
    readonly make: (name: string) => Step;
  },
  found: BeyondRepair,
): Promise<void> {
  if (found.size === 0) return;
  const { lab, connections, context, force, maxWorkers } = work;
  const { clock, signal } = context;
  const others = lab.cluster.machines.filter(({ name }) => !found.has(name));
  const engines = new Map(
    await Promise.all(others.map(async ({ name }) => [name, await connections.engine(lab, name)] as const)),
  );
  const observed = await observeSwarm({ engines, clock, signal });
  const names = new Set(found.keys());
  const actions = unwrap(planRecreation({ cluster: lab.cluster, observed, names, force }));
  // Changes to the group of managers go one by one.
  const retire = [...actionSteps(work, engines, actions).values()];
  const steps = [...names].map((name) => recreateStep(work, name));
  const group = { id: "recreate", title: "Machines made anew", mode: "concurrent", steps } as const;
  await runSteps([...retire, group], { ...context, maxWorkers });
}

function recreateStep(
  { lab, connections, make }: Parameters<typeof recreateMachines>[0],
  name: string,
): Step {
  const id = `recreate/${name}`;
  const take: Step = {
    id: `${id}/remove`,
    title: "old machine",
    run: async (progress) => {
      await connections.forget(name);
      await lab.provider.remove(lab.cluster, name, progress);
      return "taken away";
    },
  };
  return { id, title: name, mode: "sequence", steps: [take, make(name)] };
}
