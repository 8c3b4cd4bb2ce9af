import { certificatesDirectory, ClusterCertificates } from "./cluster-certificates.ts";
import { wishedTcp } from "./configure-machine.ts";
import { wantedDaemonOptions } from "../docker/daemon-config.ts";
import { duplicateEngineIds } from "../docker/ensure-engine-identity.ts";
import { observeDocker } from "../docker/await-engine.ts";
import { previewDaemon } from "../docker/ensure-daemon.ts";
import { previewImageCache } from "../docker/ensure-image-cache.ts";
import { type Failure, FailureError } from "../failure.ts";
import type { SwarmAction } from "../swarm/swarm-action.ts";
import { isBeyondRepair } from "./beyond-repair.ts";
import { askEngines, engineIds, planRound, type SwarmWork } from "./form-swarm.ts";
import { describeAction } from "./describe-action.ts";
import { findDeaf, whyDeaf } from "./heal-gossip.ts";
import type { Lab } from "./open-lab.ts";
import type { Machine } from "../machine/provider.ts";
import type { Engine } from "../docker/engine.ts";

/** One thing `up` would do, with its reason. */
export interface PlannedAction {
  readonly machine: string;
  readonly action: string;
  readonly reason: string;
}

export interface UpPlan {
  readonly schemaVersion: 1;
  readonly actions: readonly PlannedAction[];
  /** What only shows when machines run: their daemons and memberships were not looked at. */
  readonly unseen: readonly string[];
}

type PlanWork = Omit<SwarmWork, "maxWorkers"> & {
  readonly recreate: boolean;
  /** The engines of machines that are not this program's own, taken into the cluster yet or not. */
  readonly answering?: ReadonlyMap<string, Engine>;
};

/** A machine that runs lets somebody in at once, or it is told as silent. */
const answerTimeoutMs = 15_000;

/** What `up` would do now. Looks only. */
export async function planUp(work: PlanWork): Promise<UpPlan> {
  const machines = [...work.lab.machines.values()];
  const { answering } = work;
  // Machines of others run before they are taken into the cluster.
  const running = answering ? machines : machines.filter(({ state }) => state === "running");
  const seen = await Promise.all(running.map(({ name }) => look(work, name)));
  const observed =
    answering ?? new Map(seen.flatMap(({ engine }) => (engine ? [[engine.machine, engine] as const] : [])));
  const unseen = machines.map(({ name }) => name).filter((name) => !observed.has(name));
  return {
    schemaVersion: 1,
    actions: [
      ...(answering ? [] : machines.flatMap((machine) => machineAction(work, machine))),
      ...seen.flatMap(({ actions }) => actions),
      ...(answering ? [] : await identityActions(work, observed)),
      ...(observed.size === 0 ? firstSwarm(work) : await swarmActions(work, observed, unseen)),
      ...removals(work.lab),
    ],
    unseen,
  };
}

/** What is to be done on a machine that runs, and its engine where it answers. */
interface Seen {
  readonly actions: readonly PlannedAction[];
  readonly engine?: Engine;
}

async function look(work: PlanWork, name: string): Promise<Seen> {
  const { lab, connections, recreate } = work;
  try {
    await connections.remote(lab, name, answerTimeoutMs);
    const { runs, actions } = await daemonActions(work, name);
    return { actions, ...(runs && { engine: await connections.engine(lab, name) }) };
  } catch (error) {
    if (!(error instanceof FailureError) || !isBeyondRepair(lab, name, error.failure)) throw error;
    return { actions: [recreation(name, { recreate, reason: reasonOf(error.failure) })] };
  }
}

function recreation(
  machine: string,
  { recreate, reason }: { readonly recreate: boolean; readonly reason: string },
): PlannedAction {
  const action = recreate
    ? "take the machine away and make it anew"
    : "nothing: it cannot be brought back as it is; swarmlab up --recreate makes it anew";
  return { machine, action, reason };
}

function reasonOf(failure: Failure): string {
  switch (failure.kind) {
    case "unreachable":
      return `it does not answer over SSH (${failure.reason})`;
    case "host-key":
      return "it has another SSH host key than the one it was made with";
    case "timeout":
      return `it is not there in time: ${failure.waitedFor}`;
    default:
      return `it does not work (${failure.kind})`;
  }
}

/** Clones share an engine ID. */
async function identityActions(
  { context }: PlanWork,
  engines: ReadonlyMap<string, Engine>,
): Promise<readonly PlannedAction[]> {
  const ids = engineIds(await askEngines(context, engines));
  return duplicateEngineIds(ids).map((machine) => ({
    machine,
    action: "give its Docker engine an ID of its own",
    reason: `another machine has the same one: ${ids.get(machine) ?? ""}`,
  }));
}

/** Where machines do not answer yet, they may hold what is missing of the swarm: what it needs shows when they do. */
async function swarmActions(
  work: PlanWork,
  engines: ReadonlyMap<string, Engine>,
  unseen: readonly string[],
): Promise<readonly PlannedAction[]> {
  const isWhole = unseen.length === 0;
  try {
    const revive = (): Promise<boolean> => Promise.resolve(isWhole);
    const { actions, observed } = await planRound({ ...work, revive }, engines);
    if (!isWhole && actions.some(({ kind }) => kind === "init")) return [];
    const deaf = await findDeaf(work, engines, observed);
    return [
      ...actions.map((action) => ({
        machine: action.machine,
        action: `${describeAction(action)}${consentFor(action, work)}`,
        reason: action.reason,
      })),
      ...deaf.names.map((machine) => ({ machine, action: "restart its Docker daemon", reason: whyDeaf })),
    ];
  } catch (error) {
    if (isWhole || !(error instanceof FailureError) || !awaitsOthers(error.failure)) throw error;
    return [];
  }
}

const awaitsOthers = ({ kind }: Failure): boolean => kind === "quorum-lost" || kind === "not-running";

function consentFor({ kind, reason }: SwarmAction, { force }: PlanWork): string {
  return kind === "force-new-cluster" && !force && reason.includes("lost for good")
    ? " (asks first; --force agrees)"
    : "";
}

async function daemonActions(
  { lab, connections, context }: PlanWork,
  name: string,
): Promise<{ readonly runs: boolean; readonly actions: readonly PlannedAction[] }> {
  const { cluster } = lab;
  const machine = cluster.machines.find((candidate) => candidate.name === name);
  if (machine === undefined) throw new Error(`no machine ${name} in the cluster`);
  const certificates = new ClusterCertificates(certificatesDirectory(lab), cluster.name);
  const remote = await connections.remote(lab, name);
  const daemon = await previewDaemon({
    machine: name,
    seen: await observeDocker(remote, context),
    wanted: wantedDaemonOptions(cluster, machine),
    tcp: wishedTcp(cluster.tcp, machine, () => certificates.preview()),
  });
  const cache = await previewImageCache({ remote, cluster });
  const actions = [cache, daemon].flatMap((planned) =>
    planned === undefined ? [] : [{ machine: name, action: planned.action, reason: planned.reason }],
  );
  return { runs: daemon?.runs ?? true, actions };
}

/** Asked for before, when the swarm has all else. */
function removals({ unasked, provider }: Lab): readonly PlannedAction[] {
  const action = provider.capabilities.ownsMachines
    ? "remove the machine, once its tasks run elsewhere"
    : "take the machine out of the swarm, once its tasks run elsewhere";
  return unasked.map((machine) => ({ machine, action, reason: "it is not asked for any more" }));
}

function machineAction(
  { recreate }: PlanWork,
  { name, state, detail = "it is broken", beyondCreate }: Machine,
): readonly PlannedAction[] {
  switch (state) {
    case "running":
      return [];
    case "absent":
    case "creating":
      return [
        {
          machine: name,
          action: "create the machine, configure its Docker daemon",
          reason: state === "absent" ? "it does not exist" : "it was begun and not finished",
        },
      ];
    case "stopped":
      return [{ machine: name, action: "start the machine", reason: "it is stopped" }];
    case "broken":
      return beyondCreate
        ? [recreation(name, { recreate, reason: detail })]
        : [{ machine: name, action: "make the machine again", reason: detail }];
    case "unreachable":
      return [];
  }
}

/** Without a machine that runs nothing can be asked; when none exists the swarm is sure to be new. */
function firstSwarm({ lab }: PlanWork): readonly PlannedAction[] {
  if ([...lab.machines.values()].some(({ state }) => state !== "absent")) return [];
  const [first, ...others] = lab.cluster.machines;
  if (first === undefined) return [];
  return [
    {
      machine: first.name,
      action: describeAction({ kind: "init", machine: first.name, reason: "" }),
      reason: "there is no swarm yet",
    },
    ...others.map(({ name, role }) => ({
      machine: name,
      action: describeAction({ kind: "join", machine: name, role, reason: "" }),
      reason: "it is in no swarm",
    })),
  ];
}
