import type { Context } from "../context.ts";
import type { Engine } from "../docker/engine.ts";
import { restartDaemon } from "../docker/restart-daemon.ts";
import { makeStateDirectory, unlockKeyFile, writePrivate } from "../state/lab-files.ts";
import type { GroupStep, LeafStep, Step } from "../steps.ts";
import { applySwarmAction } from "../swarm/apply.ts";
import { membershipOf } from "../swarm/observe.ts";
import { awaitLeader, awaitWorkerCertificate } from "../swarm/await-node.ts";
import { stagesOf, type SwarmAction } from "../swarm/swarm-action.ts";
import { readText } from "../system/files.ts";
import { withContainersKept } from "./configure-machine.ts";
import type { Connections } from "./connections.ts";
import { describeAction, describeStage } from "./describe-action.ts";
import { freeGossip } from "./free-gossip.ts";
import type { Lab } from "./open-lab.ts";

/** What the steps that change a swarm work with. */
interface ActionWork {
  readonly context: Context;
  readonly lab: Lab;
  readonly connections: Pick<Connections, "remote">;
}

/** The actions as steps, those that go side by side in groups. */
export function swarmStep(
  work: ActionWork,
  engines: ReadonlyMap<string, Engine>,
  actions: readonly SwarmAction[],
): Step {
  const stepOf = actionSteps(work, engines, actions);
  const stages = stagesOf(actions).map((stage): GroupStep | Step => {
    const steps = stage.flatMap((action) => stepOf.get(action) ?? []);
    const [only] = steps;
    if (steps.length === 1 && only !== undefined) return only;
    return { id: `swarm/${stage[0]?.kind ?? ""}`, title: describeStage(stage), mode: "concurrent", steps };
  });
  return { id: "swarm", title: "Swarm", mode: "sequence", steps: stages };
}

/** Each action's step. A machine may have left more than one dead entry, and no two steps have the same ID. */
export function actionSteps(
  work: ActionWork,
  engines: ReadonlyMap<string, Engine>,
  actions: readonly SwarmAction[],
): ReadonlyMap<SwarmAction, LeafStep> {
  const counts = new Map<string, number>();
  return new Map(
    actions.map((action) => {
      const id = `swarm/${action.kind}/${action.machine}`;
      const count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count);
      return [action, { ...actionStep(work, engines, action), id: count === 1 ? id : `${id}/${count}` }];
    }),
  );
}

/**
 * Begins the swarm of a new cluster on its first manager while others still boot. A daemon that came with a swarm in its box, or that is yet to be
 * restarted, is left to the plan that is made when all are there.
 */
export function foundingStep(
  work: ActionWork & { readonly connections: Connections },
  machine: string,
  isReady: () => boolean,
): LeafStep {
  return {
    id: `swarm/init/${machine}`,
    title: "Swarm",
    run: async (progress) => {
      const engine = await work.connections.engine(work.lab, machine);
      const isFree = isReady() && (await membershipOf(engine, progress.signal)).state === "inactive";
      if (!isFree) return "later";
      const action = { kind: "init", machine, reason: "the cluster is new" } as const;
      return (await actionStep(work, new Map([[machine, engine]]), action).run(progress)) ?? "started";
    },
  };
}

function actionStep(
  work: ActionWork,
  engines: ReadonlyMap<string, Engine>,
  action: SwarmAction,
): Omit<LeafStep, "id"> {
  const { clock } = work.context;
  return {
    title: describeAction(action),
    run: async ({ signal }) => {
      const freed = mayStillListen(work, action) && (await freeGossip(work, action.machine, signal));
      const keyFile = unlockKeyFile(work.lab.directory);
      const known = action.kind === "unlock" ? await readText(keyFile) : undefined;
      const tools = {
        cluster: work.lab.cluster,
        engines,
        clock,
        signal,
        ...(known === undefined ? {} : { unlockKey: known.trim() }),
      };
      const { unlockKey, text } = await applySwarmAction(action, tools);
      if (unlockKey === undefined) return text ?? (freed ? freedText : undefined);
      await makeStateDirectory(work.lab.directory);
      await writePrivate(keyFile, `${unlockKey}\n`);
      return `unlock key kept in ${keyFile}`;
    },
  };
}

const freedText = "its Docker daemon was restarted, for it still listened for the swarm before";

/** A machine that was here before and comes into a swarm, as it may have left another one at the same moment as its peers. */
function mayStillListen({ lab }: ActionWork, { kind, machine }: SwarmAction): boolean {
  const isNewcomer = kind === "init" || kind === "join";
  return isNewcomer && (lab.machines.get(machine)?.state ?? "absent") !== "absent";
}

/**
 * After a new start of the swarm in a daemon that goes on, the others drop what they know of its end of the networks, and it never tells them
 * again (moby 20.10.24): no packet finds its way to it.
 */
export function restartStep(
  { context, lab, connections }: ActionWork,
  engines: ReadonlyMap<string, Engine>,
  machine: string,
): LeafStep {
  return {
    id: `swarm/restart/${machine}`,
    title: `restart the Docker daemon of ${machine}`,
    run: async ({ signal }) => {
      const remote = await connections.remote(lab, machine);
      const restart = (): Promise<void> => restartDaemon(remote, { clock: context.clock, signal });
      await withContainersKept({ context, lab }, { remote, signal, work: restart });
      await awaitLeader({ machine, engines, clock: context.clock, signal });
      return undefined;
    },
  };
}

/** Before it, the swarm must not lose its leader. */
export function certificateStep(
  { context, lab, connections }: ActionWork,
  engines: ReadonlyMap<string, Engine>,
  machine: string,
): LeafStep {
  return {
    id: `swarm/certificate/${machine}`,
    title: `${machine} gets the certificate of a worker`,
    run: async ({ signal }) => {
      const remote = await connections.remote(lab, machine);
      await awaitWorkerCertificate({ machine, engines, clock: context.clock, signal }, remote);
      return undefined;
    },
  };
}
