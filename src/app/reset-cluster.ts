import type { Context } from "../context.ts";
import type { Engine } from "../docker/engine.ts";
import { clearImages } from "../labs/clear-images.ts";
import { clearMachine } from "../labs/clear-machine.ts";
import { removeServices } from "../labs/clear-swarm.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { runSteps } from "../run-steps.ts";
import { removeFile, unlockKeyFile } from "../state/lab-files.ts";
import type { Step } from "../steps.ts";
import { applySwarmAction } from "../swarm/apply.ts";
import { leaveSwarm } from "../swarm/leave-swarm.ts";
import { findManagers } from "../swarm/manager-api.ts";
import { membershipOf } from "../swarm/observe.ts";
import { openEngines, type Connections } from "./connections.ts";
import { freeGossip } from "./free-gossip.ts";
import { formSwarm, type Seen } from "./form-swarm.ts";
import { isInOrder, undoSteps } from "./lab-clean.ts";
import type { Lab } from "./open-lab.ts";
import { surveyMachines } from "./survey-machines.ts";

export interface ResetWork {
  readonly context: Context;
  /** Every machine of it runs. */
  readonly lab: Lab;
  readonly connections: Connections;
  /** The lab that the cluster was set up for; undefined: none. */
  readonly before: LabDefinition | undefined;
  readonly maxWorkers: number;
}

/** As a step needs it. */
interface Clearing extends ResetWork {
  readonly engines: ReadonlyMap<string, Engine>;
  /** The swarm is as `up` would leave it: it can be taken apart in an orderly way. */
  readonly isWhole: boolean;
}

/**
 * Ends the swarm and makes a new one. A swarm that works is taken apart so that at each moment the rest of it works: where this is broken off, `up`
 * brings all machines together again. Machines of others are only taken out of the swarm.
 * Returns what was seen of the new one. @throws FailureError `foreign-swarm`; as `formSwarm`
 */
export async function resetCluster(work: ResetWork): Promise<Seen> {
  const { context, lab, connections, before, maxWorkers } = work;
  const { ownsMachines } = lab.provider.capabilities;
  const undo = undoSteps({ context, cluster: lab, connections }, before?.teardown ?? []);
  await runSteps(undo, { ...context, maxWorkers: 1 });
  const engines = ownsMachines
    ? await openEngines({ lab, connections })
    : await surveyMachines({ context, lab, connections, force: false });
  const isWhole = await isInOrder({ context, cluster: lab }, engines);
  const clearing = { ...work, engines, isWhole };
  const steps = ownsMachines ? [...servicesStep(clearing), clearStep(clearing)] : [];
  await runSteps([...steps, leaveStep(clearing)], { ...context, maxWorkers });
  await removeFile(unlockKeyFile(lab.directory));
  return await formSwarm({ context, lab, connections, force: ownsMachines, maxWorkers });
}

/** Otherwise their containers would come back while the machines are cleared. */
function servicesStep(work: Clearing): readonly Step[] {
  if (!work.isWhole) return [];
  return [
    {
      id: "reset/services",
      title: "Remove the services",
      run: async ({ signal }) => {
        const tools = toolsOf(work, signal);
        const [manager] = await findManagers(tools);
        await removeServices({ ...tools, manager });
        return undefined;
      },
    },
  ];
}

function clearStep({ context, lab, connections, engines }: Clearing): Step {
  const { clock } = context;
  const steps = [...engines].map(([name, engine]): Step => ({
    id: `reset/clear/${name}`,
    title: name,
    run: async ({ signal, report }) => {
      report("containers, networks, volumes and files go");
      await clearMachine({ remote: await connections.remote(lab, name), clock, signal });
      report("images go");
      await clearImages(engine, signal);
      return undefined;
    },
  }));
  return { id: "reset/clear", title: "Clear every machine", mode: "concurrent", steps };
}

/** One after the other: a node that leaves while its peers leave too may keep its gossip listener (see `releaseGossip`). */
function leaveStep(work: Clearing): Step {
  const { context, engines } = work;
  const { clock } = context;
  const last = [...engines.values()].toReversed();
  return {
    id: "reset/leave",
    title: "End the swarm",
    run: async (progress) => {
      for (const [index, engine] of last.entries()) {
        progress.report(`${engine.machine} leaves`);
        const isLastOne = index === last.length - 1;
        if (work.isWhole && !isLastOne) await demoteManager(work, engine, progress.signal);
        await leaveSwarm({ engine, clock, signal: progress.signal });
      }
      await Promise.all(last.map(({ machine }) => freeGossip(work, machine, progress.signal)));
      return undefined;
    },
  };
}

async function demoteManager(work: Clearing, engine: Engine, signal: AbortSignal): Promise<void> {
  const { controlAvailable } = await membershipOf(engine, signal);
  if (!controlAvailable) return;
  const action = { kind: "demote", machine: engine.machine, reason: "it leaves" } as const;
  await applySwarmAction(action, toolsOf(work, signal));
}

const toolsOf = ({ context, lab, engines }: Clearing, signal: AbortSignal) => ({
  cluster: lab.cluster,
  engines,
  clock: context.clock,
  signal,
});
