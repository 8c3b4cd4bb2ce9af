import type { MachineSpec, Role } from "../cluster/cluster.ts";
import type { Context } from "../context.ts";
import { type DockerLook, observeDocker } from "../docker/await-engine.ts";
import { FailureError } from "../failure.ts";
import { formatRefusals } from "../machine/choose-provider.ts";
import { runSteps } from "../run-steps.ts";
import type { LeafStep, Step } from "../steps.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { certificatesDirectory, ClusterCertificates } from "./cluster-certificates.ts";
import { type BeyondRepair, guardStep } from "./beyond-repair.ts";
import { confirmAction } from "./confirm-action.ts";
import { configureMachine, type ConfiguredMachine, type MachineWork } from "./configure-machine.ts";
import { Connections } from "./connections.ts";
import { endFaultsOfLife, noteFaults } from "./faults-around.ts";
import { finishSnapshots } from "./finish-snapshots.ts";
import { formSwarm, type Seen, type SwarmWork } from "./form-swarm.ts";
import { requireHealthyHost } from "./healthy-host.ts";
import { inspectWithBundle } from "./inspect-with-bundle.ts";
import { inspectLab, patientContext, readCluster, reopenLab, type Lab, type LabOptions } from "./open-lab.ts";
import { planUp, type UpPlan } from "./plan-up.ts";
import { planMachineRemoval, type Removal, removeMachines } from "./remove-machines.ts";
import { installMissing } from "./setup.ts";
import { recreateMachines } from "./recreate-machines.ts";
import { restartDaemons } from "./restart-daemons.ts";
import type { StatusReport } from "./status-report.ts";
import { reportStatus } from "./status.ts";
import { surveyMachines } from "./survey-machines.ts";
import { foundingStep } from "./swarm-steps.ts";

export interface UpOptions extends LabOptions {
  /** Install what the host lacks, without asking. */
  readonly setup: boolean;
  readonly dryRun: boolean;
  /** Leave swarms that are not this cluster's, and start one again that lost its quorum. */
  readonly force: boolean;
  /** Make machines anew that cannot be brought back as they are. */
  readonly recreate: boolean;
  /** File that brings what would be fetched. */
  readonly bundle?: string;
  /** Machines that exist and are not asked for: they are removed after a question or without one, or stay. */
  readonly unasked: "ask" | "remove" | "keep";
  /** Steps that run at the same time. */
  readonly maxWorkers: number;
}

export type UpOutcome =
  | { readonly kind: "done"; readonly status: StatusReport }
  | { readonly kind: "planned"; readonly plan: UpPlan };

/**
 * Brings the cluster up: machines, daemons, swarm. What is there already stays as it is. Machines that are not asked for any more are removed last, when
 * the swarm works and can let them go.
 */
export async function up(usual: Context, options: UpOptions): Promise<UpOutcome> {
  const { lab, refused } = await openUp(usual, options);
  const context = patientContext(usual, lab);
  for (const text of formatRefusals(refused)) context.emit({ type: "note", level: "info", text });
  await requireHealthyHost(context, lab, options.bundle === undefined ? undefined : {});
  const { provider } = lab;
  await noteFaults(context, lab);
  await using connections = new Connections(context);
  const answering = provider.capabilities.ownsMachines
    ? undefined
    : await surveyMachines({ context, lab, connections, force: options.force });
  if (options.dryRun) {
    const settled = { ...lab, cluster: await provider.settle(lab.cluster) };
    const work = { context, lab: settled, connections, ...options };
    return { kind: "planned", plan: await planUp({ ...work, ...(answering && { answering }) }) };
  }
  if (options.unasked === "ask") await confirmUnasked(context, lab);
  return await withClusterLock(context, lab.cluster.name, async () => {
    const finished = await finishSnapshots(context, lab);
    const work = { context, connections, ...options };
    const { lab: claimed, seen } = await bringUp({ ...work, lab: finished });
    const names = options.unasked === "keep" ? [] : finished.unasked;
    if (names.length === 0)
      return { kind: "done", status: await reportStatus(context, claimed, connections, seen) };
    const left = await removeUnasked({ ...work, lab: claimed, names });
    return { kind: "done", status: await reportStatus(context, left, connections) };
  });
}

/** Under the cluster's lock: makes what is not there and starts what does not run, then forms and verifies the swarm. Returns the lab as it was claimed, and what was seen of its swarm. */
export async function bringUp(
  asked: SwarmWork & {
    /** Make machines anew that cannot be brought back as they are. */ readonly recreate: boolean;
  },
): Promise<{ readonly lab: Lab; readonly seen: Seen }> {
  const { context, lab, connections, recreate, maxWorkers } = asked;
  const cluster = await lab.provider.claim(lab.cluster, context.signal);
  const claimed = { ...lab, cluster };
  await endFaultsOfLife({ context, lab: claimed, connections });
  connections.open(claimed);
  const certificates = new ClusterCertificates(certificatesDirectory(claimed), cluster.name);
  const work = { lab: claimed, connections, context, certificates };
  const looks = lookAhead(work, maxWorkers);
  const configured = new Map<string, ConfiguredMachine>();
  const found: BeyondRepair = new Map();
  const guard: Machines["guard"] = (name, step) =>
    guardStep(step, { lab: claimed, name, found: recreate ? found : undefined });
  const isFirstTime = isNew(claimed);
  const founder = isFirstTime ? cluster.machines.find(({ role }) => role === "manager") : undefined;
  const its = { looks, configured, guard, founder: founder?.name };
  await runSteps(machineSteps(work, its), { ...context, maxWorkers });
  const make = (name: string): Step =>
    machineStep(work, name, { looks: new Map(), configured, guard: (_, step) => step });
  await recreateMachines({ ...asked, ...work, make }, found);
  const all = [...configured];
  await restartDaemons(work, new Set(all.flatMap(([name, { toRestart }]) => (toRestart ? [name] : []))));
  const heard = new Map(
    all.flatMap(([name, machine]) => (machine.heard ? [[name, machine.heard] as const] : [])),
  );
  // Where a machine was started or something was done to a daemon, what the others have told of their swarm may be over.
  const told = looks.size > 0 && heard.size === cluster.machines.length ? heard : undefined;
  const known = { heard: told, isNew: isFirstTime };
  return { lab: claimed, seen: await formSwarm({ ...asked, lab: claimed }, known) };
}

type Looks = ReadonlyMap<string, Promise<DockerLook>>;

/**
 * Begins to look at the Docker of machines, of no more than are worked on at a time, where all run: then nothing that is done to one before
 * changes what is seen of the next.
 */
function lookAhead({ context, connections, lab }: MachineWork, maxWorkers: number): Looks {
  const machines = [...lab.machines.values()];
  if (machines.some(({ state }) => state !== "running")) return new Map();
  const look = async (name: string): Promise<DockerLook> =>
    observeDocker(await connections.remote(lab, name), context);
  const looks = new Map(machines.slice(0, maxWorkers).map(({ name }) => [name, look(name)]));
  // Whoever asks for a look learns how that went.
  for (const look of looks.values()) look.catch(() => undefined);
  return looks;
}

/** @throws FailureError `confirmation-needed`, `declined` */
async function confirmUnasked(context: Context, { cluster, provider, unasked }: Lab): Promise<void> {
  const names = unasked.join(", ");
  const does = provider.capabilities.ownsMachines
    ? `remove ${names} with all that is on ${unasked.length === 1 ? "it" : "them"}`
    : `take ${names} out of the swarm`;
  const file = cluster.owner === undefined ? "nobody" : "swarmlab.yaml no longer";
  await confirmAction(context, {
    action: `${does}: ${file} asks for ${unasked.length === 1 ? "it" : "them"}`,
    yes: unasked.length === 0,
    command: `swarmlab up --yes   (to keep ${unasked.length === 1 ? "it" : "them"}: ask for ${names} in swarmlab.yaml)`,
  });
}

async function removeUnasked(removal: Removal): Promise<Lab> {
  const lab = await reopenLab(removal.lab);
  const now = { ...removal, lab };
  return removeMachines(now, await planMachineRemoval(now));
}

async function openUp(context: Context, options: UpOptions): ReturnType<typeof inspectLab> {
  const { bundle: file, setup } = options;
  if (file !== undefined && setup) throw noSetup(file);
  const asked = await readCluster(context, options);
  if (file !== undefined) return inspectWithBundle(context, asked, { file, tasks: rootTasks });
  if (setup) await installMissing(context, asked.cluster, true);
  return inspectLab(context, asked, rootTasks);
}

function noSetup(file: string): FailureError {
  return new FailureError({
    kind: "usage",
    message: "--setup installs packages from the network, and --bundle is for computers without one",
    remedy: `While there is a network: swarmlab setup. From then on: swarmlab up --bundle ${file}`,
  });
}

const rootTasks = ["make network namespaces, mounts, cgroups and firewall rules", "start systemd-nspawn"];

function machineSteps(work: MachineWork, its: Machines): readonly Step[] {
  const { lab } = work;
  const { provider, cluster } = lab;
  const group = (id: string, title: string, machines: readonly MachineSpec[]): Step => ({
    id,
    title,
    mode: "concurrent",
    steps: machines.map(({ name }) => machineStep(work, name, its)),
  });
  const byRole = (role: Role): readonly MachineSpec[] =>
    cluster.machines.filter((machine) => machine.role === role);
  const prepare: Step = {
    id: "prepare",
    title: provider.capabilities.ownsMachines ? "Box and network" : "Certificates",
    run: (progress) => {
      // Made while the machines boot.
      if (cluster.tcp === "tls") work.certificates.begin();
      return provider.prepare(cluster, progress);
    },
  };
  if (isNew(lab)) return [prepare, group("machines", "Machines", cluster.machines)];
  const workers = byRole("worker");
  return [
    prepare,
    group("managers", "Managers", byRole("manager")),
    ...(workers.length === 0 ? [] : [group("workers", "Workers", workers)]),
  ];
}

/**
 * A worker's daemon that starts before any manager's asks for the others again only after a minute (`rejoinClusterInterval` in moby's
 * libnetwork/networkdb), and until then no overlay packet reaches it. In a new cluster no daemon knows of others yet.
 */
function isNew({ machines }: Lab): boolean {
  return [...machines.values()].every(({ state }) => state === "absent");
}

interface Machines {
  /** Those that have begun already. */
  readonly looks: Looks;
  /** Filled as machines are done. */
  readonly configured: Map<string, ConfiguredMachine>;
  readonly guard: (name: string, step: LeafStep) => LeafStep;
  /** The swarm begins there, as soon as it can. */
  readonly founder?: string | undefined;
}

function machineStep(work: MachineWork, name: string, its: Machines): Step {
  const { looks, configured, guard, founder } = its;
  const { lab, connections } = work;
  const id = `machines/${name}`;
  return {
    id,
    title: name,
    mode: "sequence",
    steps: [
      guard(name, {
        id: `${id}/create`,
        title: "machine",
        run: (progress) => lab.provider.create(lab.cluster, name, progress),
      }),
      guard(name, {
        id: `${id}/ssh`,
        title: "SSH",
        run: async () => {
          await connections.remote(lab, name);
          return undefined;
        },
      }),
      guard(name, {
        id: `${id}/docker`,
        title: "Docker",
        run: async (progress) => {
          const look = looks.get(name);
          const done = await configureMachine({ ...work, name, restart: "later", look, progress });
          configured.set(name, done);
          return done.text;
        },
      }),
      ...(name === founder
        ? [foundingStep(work, name, () => configured.get(name)?.toRestart === false)]
        : []),
    ],
  };
}
