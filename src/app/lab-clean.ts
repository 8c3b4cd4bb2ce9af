import type { Context } from "../context.ts";
import type { Engine } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import { clearMachine } from "../labs/clear-machine.ts";
import { removeLeftovers, removeServices } from "../labs/clear-swarm.ts";
import { releaseGossip } from "../swarm/gossip.ts";
import { leaveSwarm } from "../swarm/leave-swarm.ts";
import type { LabDefinition, SetupStep } from "../labs/lab-definition.ts";
import { runSteps } from "../run-steps.ts";
import type { Step } from "../steps.ts";
import { findManagers } from "../swarm/manager-api.ts";
import { openEngines, type Connections } from "./connections.ts";
import { formSwarm, planRound } from "./form-swarm.ts";
import { runSetupStep } from "./lab-scripts.ts";
import type { Lab } from "./open-lab.ts";

export interface CleanWork {
  readonly context: Context;
  /** Every machine of it runs. */
  readonly cluster: Lab;
  readonly connections: Connections;
  /** The lab that the cluster was set up for; undefined: none. */
  readonly before: LabDefinition | undefined;
}

/**
 * Brings the cluster to the clean start of every lab: nothing on it, every machine in the swarm as `swarmlab.yaml` asks. The swarm is made
 * anew where the lab before has taken it apart or where it is not as it should be: one with a history of failures may look well and not be.
 */
export async function cleanCluster(work: CleanWork): Promise<void> {
  const { context, cluster, connections, before } = work;
  const maxWorkers = cluster.cluster.machines.length * 2;
  await runSteps(undoSteps(work, before?.teardown ?? []), { ...context, maxWorkers: 1 });
  const engines = await openEngines({ lab: cluster, connections });
  const isFresh = before?.rebuildsSwarm === true || !(await isInOrder(work, engines));
  await runSteps([isFresh ? leaveStep(work, engines) : clearStep(work, engines)], { ...context, maxWorkers });
  if (isFresh) await formSwarm({ context, lab: cluster, connections, force: true, maxWorkers });
}

/** What a lab has changed on the machines themselves is undone by its own steps. */
export function undoSteps(work: Omit<CleanWork, "before">, steps: readonly SetupStep[]): readonly Step[] {
  if (steps.length === 0) return [];
  const { context, cluster, connections } = work;
  return [
    {
      id: "lab/undo",
      title: "Undo what the lab before did",
      run: async () => {
        for (const step of steps) await runSetupStep({ context, cluster, connections, step, variables: {} });
        return undefined;
      },
    },
  ];
}

/** What `up` would have to do is a sign that something happened to the swarm. */
export async function isInOrder(
  { context, cluster }: Pick<CleanWork, "context" | "cluster">,
  engines: ReadonlyMap<string, Engine>,
): Promise<boolean> {
  try {
    const revive = (): Promise<boolean> => Promise.resolve(false);
    const { actions } = await planRound({ context, lab: cluster, force: true, revive }, engines);
    return actions.length === 0;
  } catch (error) {
    if (error instanceof FailureError && swarmFailures.includes(error.failure.kind)) return false;
    throw error;
  }
}

const swarmFailures: readonly string[] = [
  "quorum-lost",
  "swarm-locked",
  "foreign-swarm",
  "verify",
  "timeout",
  "engine-api",
];

/** One after the other: a node that leaves while its peers leave too may keep its gossip listener (see `releaseGossip`). */
function leaveStep(work: CleanWork, engines: ReadonlyMap<string, Engine>): Step {
  const { context, connections, cluster } = work;
  const { clock } = context;
  const last = [...engines.values()].toReversed();
  return {
    id: "lab/leave",
    title: "Clear every machine",
    run: async ({ signal, report }) => {
      for (const engine of last) {
        report(`${engine.machine} leaves`);
        await leaveSwarm({ engine, clock, signal });
      }
      report("containers and files go");
      const remotes = await Promise.all(last.map(({ machine }) => connections.remote(cluster, machine)));
      await Promise.all(
        remotes.map(async (remote) => {
          await clearMachine({ remote, clock, signal });
          await releaseGossip({ remote, clock, signal });
        }),
      );
      return undefined;
    },
  };
}

function clearStep({ context, cluster, connections }: CleanWork, engines: ReadonlyMap<string, Engine>): Step {
  return {
    id: "lab/clear",
    title: "Clear the swarm",
    run: async ({ signal }) => {
      const { clock } = context;
      const [manager] = await findManagers({ cluster: cluster.cluster, engines, clock, signal });
      const tools = { cluster: cluster.cluster, manager, clock, signal };
      await removeServices(tools);
      const remotes = [...engines.keys()].map((name) => connections.remote(cluster, name));
      await Promise.all(remotes.map(async (remote) => clearMachine({ remote: await remote, clock, signal })));
      await removeLeftovers(tools);
      return undefined;
    },
  };
}
