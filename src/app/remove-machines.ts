import { withoutMachines } from "../cluster/extend.ts";
import type { Context } from "../context.ts";
import type { Engine } from "../docker/engine.ts";
import { FailureError, unwrap } from "../failure.ts";
import { runSteps } from "../run-steps.ts";
import { DockerContexts } from "../state/docker-contexts.ts";
import type { Step } from "../steps.ts";
import { observeSwarm } from "../swarm/observe.ts";
import { planRemoval } from "../swarm/plan-removal.ts";
import type { SwarmAction } from "../swarm/swarm-action.ts";
import type { Connections } from "./connections.ts";
import { removeContexts } from "./docker-contexts.ts";
import { swarmStep } from "./swarm-steps.ts";
import type { Lab } from "./open-lab.ts";
import { releaseMachines } from "./release-machines.ts";

export interface Removal {
  readonly context: Context;
  /** With the machines that shall go. */
  readonly lab: Lab;
  readonly connections: Connections;
  readonly names: readonly string[];
  readonly maxWorkers: number;
}

/** What a removal is going to do, and what it has seen for that. */
export interface RemovalPlan {
  readonly actions: readonly SwarmAction[];
  /** Of the machines that answer. */
  readonly engines: ReadonlyMap<string, Engine>;
}

const answerTimeoutMs = 10_000;

/** Looks only. @throws FailureError as `planRemoval` */
export async function planMachineRemoval(removal: Omit<Removal, "maxWorkers">): Promise<RemovalPlan> {
  const { context, lab, names } = removal;
  const engines = await answeringEngines(removal);
  const { clock, signal } = context;
  const observed = await observeSwarm({ engines, clock, signal });
  const silent = [...lab.machines.values()]
    .filter(({ name, state }) => state !== "absent" && !engines.has(name))
    .map(({ name }) => name);
  return { engines, actions: unwrap(planRemoval({ cluster: lab.cluster, observed, silent, names })) };
}

/**
 * Takes machines out of the swarm and removes them; those that are not this program's own are given back. Machines that are dead already go too.
 * Returns the lab without them.
 */
export async function removeMachines(removal: Removal, { actions, engines }: RemovalPlan): Promise<Lab> {
  const { context, lab, names, maxWorkers } = removal;
  const taking = actions.length === 0 ? [] : [swarmStep(removal, engines, actions)];
  await runSteps([...taking, machinesStep(removal)], { ...context, maxWorkers });
  const smaller = labWithout(lab, names);
  const contexts = smaller.cluster.machines.map(({ name }) => `${lab.cluster.name}-${name}`);
  const first = lab.cluster.machines.find(({ role }) => role === "manager")?.name ?? "";
  const keep = new Set([...contexts, ...(names.includes(first) ? [] : [lab.cluster.name])]);
  await removeContexts(new DockerContexts(context.host.dockerDirectory), lab, keep);
  return smaller;
}

/** The lab as it is once these machines are gone. */
export function labWithout(lab: Lab, names: readonly string[]): Lab {
  const isLeft = (name: string): boolean => !names.includes(name);
  return {
    ...lab,
    cluster: withoutMachines(lab.cluster, names),
    machines: new Map([...lab.machines].filter(([name]) => isLeft(name))),
    unasked: lab.unasked.filter(isLeft),
  };
}

async function answeringEngines({
  context,
  lab,
  connections,
}: Omit<Removal, "maxWorkers">): Promise<ReadonlyMap<string, Engine>> {
  const { signal } = context;
  const running = [...lab.machines.values()].filter(({ state }) => state === "running");
  const found = await Promise.all(
    running.map(async ({ name }) => {
      try {
        const engine = await connections.engine(lab, name, answerTimeoutMs);
        await engine.request("GET", "/_ping", { signal, timeoutMs: answerTimeoutMs * lab.patience });
        return [[name, engine] as const];
      } catch (error) {
        if (error instanceof FailureError && !signal.aborted) return [];
        throw error;
      }
    }),
  );
  return new Map(found.flat());
}

function machinesStep(removal: Removal): Step {
  const { context, lab, names } = removal;
  const { provider, cluster } = lab;
  const steps = names.map((name): Step => ({
    id: `remove/${name}`,
    title: name,
    run: async (progress) => {
      await provider.remove(cluster, name, progress);
      return "removed";
    },
  }));
  const group: Step = { id: "remove", title: "Machines", mode: "concurrent", steps };
  if (provider.capabilities.ownsMachines) return group;
  const giveBack: Step = {
    id: "remove/release",
    title: "Give the machines back",
    run: async (progress) => {
      const answers = (name: string): boolean => lab.machines.get(name)?.state === "running";
      await releaseMachines({ ...removal, progress, names: names.filter(answers) });
      for (const name of names.filter((name) => !answers(name)))
        context.emit({ type: "note", level: "warning", text: leftAsItIs(name) });
      return undefined;
    },
  };
  return { id: "remove/all", title: "Machines", mode: "sequence", steps: [giveBack, group] };
}

const leftAsItIs = (name: string): string =>
  `${name} does not answer and is left as it is. Should it come back, it may still be in the swarm, and its daemon has the options of swarmlab: list it in swarmlab.yaml once more, run swarmlab up, and remove it then.`;
