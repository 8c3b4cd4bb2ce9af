import type { Context } from "../context.ts";
import type { Engine, EngineInfo } from "../docker/engine.ts";
import { parseEngineInfo } from "../docker/engine-info.ts";
import { allAfterHearing, type Heard } from "../docker/heard.ts";
import {
  duplicateEngineIds,
  renewEngineIdentity,
  requireUniqueIds,
} from "../docker/ensure-engine-identity.ts";
import { type Failure, FailureError, unwrap } from "../failure.ts";
import { runSteps } from "../run-steps.ts";
import { unlockKeyFile } from "../state/lab-files.ts";
import { readText } from "../system/files.ts";
import type { Step } from "../steps.ts";
import type { Observed } from "../swarm/membership.ts";
import { observeSwarm } from "../swarm/observe.ts";
import type { LostQuorum } from "../swarm/plan-quorum.ts";
import { planSwarm } from "../swarm/plan-swarm.ts";
import type { SwarmAction } from "../swarm/swarm-action.ts";
import { verifyOverlay } from "../swarm/verify-overlay.ts";
import { verifySwarm } from "../swarm/verify.ts";
import { confirmAction } from "./confirm-action.ts";
import { openEngines, type Connections } from "./connections.ts";
import { describeAction } from "./describe-action.ts";
import { findDeaf, gossipStep } from "./heal-gossip.ts";
import { keepUnlockKey } from "./keep-unlock-key.ts";
import type { Lab } from "./open-lab.ts";
import { certificateStep, restartStep, swarmStep } from "./swarm-steps.ts";

/** What the swarm part of `up` works with. */
export interface SwarmWork {
  readonly context: Context;
  readonly lab: Lab;
  readonly connections: Connections;
  readonly force: boolean;
  readonly maxWorkers: number;
}

/** Some states show only when others are cured: a swarm that was locked has lost its quorum, and so has the one that all are to come into. */
const maxRounds = 5;

/** What the daemons said last: each of itself, and the managers of their swarm. */
export interface Seen {
  readonly infos: EngineInfos;
  readonly observed: Observed;
}

/**
 * Observes, plans and applies until nothing is left to do, then verifies. All machines run and their daemons answer. Returns what was seen when all was well.
 */
export async function formSwarm(
  work: SwarmWork,
  known: {
    /** What daemons have told just now, by machine. */
    readonly heard?: ReadonlyMap<string, Heard> | undefined;
    /** All machines come into a new swarm in this very call of the program. */
    readonly isNew?: boolean;
  } = {},
): Promise<Seen> {
  let { isNew = false } = known;
  const engines = await openEngines(work);
  const listened = allAfterHearing(engines, known.heard ?? new Map());
  const infos = await makeIdentitiesUnique(work, listened);
  let keyFits = true;
  const revive = (lost: LostQuorum): Promise<boolean> => agreeToRevive(work, lost);
  let planned = await planRound({ ...work, revive, infos }, engines);
  const isUnchanged = planned.actions.length === 0;
  for (let round = 1; planned.actions.length > 0; round++) {
    const { actions } = planned;
    if (round > maxRounds) throw notConverging(actions);
    isNew ||= actions.some(({ kind }) => kind === "init");
    try {
      await applyRound(work, engines, actions);
    } catch (error) {
      const givesUp: boolean = keyFits && work.force && isAllOf(error, "swarm-locked");
      // The leader learned of a lost quorum by this. The next round waits until it has stepped down, and asks whether the swarm is to be started again.
      if (round === maxRounds || !(givesUp || isAllOf(error, "quorum-lost"))) throw error;
      keyFits &&= !givesUp;
    }
    const startedAgain = actions.some(({ kind }) => kind === "force-new-cluster");
    planned = await planRound({ ...work, revive, startedAgain, keyFits }, engines);
  }
  await keepUnlockKey(work.lab, engines);
  let { observed } = planned;
  let told: ReadonlyMap<string, Engine> = isUnchanged ? listened : engines;
  if (!isNew) {
    const deaf = await findDeaf(work, told, observed);
    told = allAfterHearing(told, deaf.heard);
    if (deaf.names.length > 0) {
      const step = gossipStep(work, { engines, observed, names: deaf.names });
      await runSteps([step], { ...work.context, maxWorkers: work.maxWorkers });
      told = engines;
    }
  }
  const verify = async (signal: AbortSignal): Promise<void> => {
    const { lab, context } = work;
    observed = await verifySwarm({ cluster: lab.cluster, engines, observed, clock: context.clock, signal });
  };
  await runSteps([verifyStep(work, { engines: told, verify, isNew })], {
    ...work.context,
    maxWorkers: work.maxWorkers,
  });
  return { infos, observed };
}

async function applyRound(
  work: SwarmWork,
  engines: ReadonlyMap<string, Engine>,
  actions: readonly SwarmAction[],
): Promise<void> {
  const { context, maxWorkers } = work;
  const machinesThat = (wanted: SwarmAction["kind"]): readonly string[] =>
    actions.filter(({ kind }) => kind === wanted).map(({ machine }) => machine);
  const leaving = new Set(machinesThat("leave"));
  const newWorkers = machinesThat("demote").filter((machine) => !leaving.has(machine));
  const after = [
    ...newWorkers.map((machine) => certificateStep(work, engines, machine)),
    ...machinesThat("force-new-cluster").map((machine) => restartStep(work, engines, machine)),
  ];
  await runSteps([swarmStep(work, engines, actions), ...after], { ...context, maxWorkers });
}

function isAllOf(error: unknown, kind: Failure["kind"]): boolean {
  if (!(error instanceof FailureError)) return false;
  const { failure } = error;
  return (failure.kind === "several" ? failure.failures : [failure]).every((each) => each.kind === kind);
}

/** What is still to be done, and the observation that it follows from. */
export interface PlannedRound {
  readonly observed: Observed;
  readonly actions: readonly SwarmAction[];
}

/** Plans by what the daemons say now. A swarm that lost its quorum is started again only where `revive` agrees. */
export async function planRound(
  work: Pick<SwarmWork, "context" | "lab" | "force"> & {
    readonly revive: (lost: LostQuorum) => Promise<boolean>;
    /** What the daemons have said just now; undefined: they are asked. */
    readonly infos?: EngineInfos;
    readonly startedAgain?: boolean;
    /** False: the unlock key that is kept is of no use. */
    readonly keyFits?: boolean;
  },
  engines: ReadonlyMap<string, Engine>,
): Promise<PlannedRound> {
  const { context, lab, force, infos, startedAgain = false, keyFits = true } = work;
  const memberships = infos && new Map([...infos].map(([name, { swarm }]) => [name, swarm]));
  const observed = await observeSwarm({
    engines,
    startedAgain,
    ...context,
    ...(memberships && { memberships }),
  });
  const unlockKeyKnown = keyFits && (await readText(unlockKeyFile(lab.directory))) !== undefined;
  const wish = { cluster: lab.cluster, observed, force, unlockKeyKnown };
  const plan = planSwarm({ ...wish, revive: false });
  if (plan.ok || plan.failure.kind !== "quorum-lost" || !(await work.revive(plan.failure)))
    return { observed, actions: unwrap(plan) };
  return { observed, actions: unwrap(planSwarm({ ...wish, revive: true })) };
}

/** `--force` agrees, or the person does. @throws FailureError `declined`; where nobody can be asked the answer is no. */
async function agreeToRevive({ context, force }: SwarmWork, lost: LostQuorum): Promise<boolean> {
  if (force || !context.terminal.interactive) return force;
  await confirmAction(context, { action: revivalOf(lost), yes: false, command: "swarmlab up --force" });
  return true;
}

function revivalOf({ managers, reachable }: LostQuorum): string {
  const [first] = reachable;
  if (first === undefined)
    return "no manager can open the state of the swarm: give it up with its services and make a new one";
  return `${managers - reachable.length} of ${managers} managers are lost for good: start the swarm again from ${first} with force-new-cluster (services and all else are kept, dead managers are removed and come back as new ones)`;
}

/** By machine name. */
export type EngineInfos = ReadonlyMap<string, EngineInfo>;

export async function askEngines(
  { signal }: Pick<Context, "signal">,
  engines: ReadonlyMap<string, Engine>,
): Promise<EngineInfos> {
  const infos = await Promise.all(
    [...engines].map(
      async ([name, engine]) => [name, await engine.request("GET", "/info", { signal })] as const,
    ),
  );
  return new Map(infos.map(([name, info]) => [name, parseEngineInfo(info)]));
}

/**
 * Machines copied from one another share an engine ID; each but the first gets a new one, unless they are not this program's own. Returns what the
 * daemons say.
 */
async function makeIdentitiesUnique(
  work: SwarmWork,
  engines: ReadonlyMap<string, Engine>,
): Promise<EngineInfos> {
  const { context, lab, connections, maxWorkers } = work;
  const infos = await askEngines(context, engines);
  const ids = engineIds(infos);
  if (!lab.provider.capabilities.ownsMachines) {
    requireUniqueIds(ids);
    return infos;
  }
  const steps = duplicateEngineIds(ids).map((name): Step => ({
    id: `identity/${name}`,
    title: `${name}: new engine ID`,
    run: async ({ signal }) => {
      await renewEngineIdentity(await connections.remote(lab, name), signal);
      return undefined;
    },
  }));
  if (steps.length === 0) return infos;
  await runSteps([{ id: "identity", title: "Engine IDs", mode: "concurrent", steps }], {
    ...context,
    maxWorkers,
  });
  return askEngines(context, engines);
}

export const engineIds = (infos: EngineInfos): ReadonlyMap<string, string> =>
  new Map([...infos].map(([name, { id }]) => [name, id]));

function verifyStep(
  { context, lab, connections }: SwarmWork,
  its: {
    readonly engines: ReadonlyMap<string, Engine>;
    readonly verify: (signal: AbortSignal) => Promise<void>;
    readonly isNew: boolean;
  },
): Step {
  const { clock } = context;
  const { engines, verify, isNew } = its;
  return {
    id: "verify",
    title: "Verify",
    mode: "concurrent",
    steps: [
      {
        id: "verify/nodes",
        title: "every node is Ready at its address",
        run: async ({ signal }) => {
          await verify(signal);
          return undefined;
        },
      },
      {
        id: "verify/overlay",
        title: "packets cross the overlay",
        run: async ({ signal }) => {
          const spots = await Promise.all(
            [...engines].map(
              async ([name, engine]) =>
                [name, { engine, remote: await connections.remote(lab, name) }] as const,
            ),
          );
          return verifyOverlay({ spots: new Map(spots), isNew, clock, signal });
        },
      },
    ],
  };
}

function notConverging(actions: readonly SwarmAction[]): FailureError {
  const problems = actions.map((action) => ({
    severity: "error" as const,
    what: `after ${maxRounds} rounds there is still to do: ${describeAction(action)} (${action.reason})`,
    where: action.machine,
    remedy: "swarmlab up",
  }));
  return new FailureError({ kind: "verify", problems });
}
