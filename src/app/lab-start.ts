import { randomInt } from "node:crypto";
import { join, posix } from "node:path";
import type { Context } from "../context.ts";
import { fieldAt, listAt, textAt } from "../docker/json-fields.ts";
import { FailureError, type Problem } from "../failure.ts";
import { type Baseline, swarmFacts } from "../labs/baseline.ts";
import { ensureImages, type ImageSources } from "../labs/ensure-images.ts";
import { ensurePrograms } from "../labs/ensure-programs.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { newAttempt, withAttempt } from "../labs/progress.ts";
import { fillText, type Variables } from "../labs/variables.ts";
import { runSteps } from "../run-steps.ts";
import type { LeafStep, Step, StepProgress } from "../steps.ts";
import { findManagers } from "../swarm/manager-api.ts";
import { readText } from "../system/files.ts";
import { waitUntil } from "../system/wait-until.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { confirmAction } from "./confirm-action.ts";
import { Connections, openEngines } from "./connections.ts";
import { endFaults } from "./faults-around.ts";
import { findLab, readCatalog } from "./lab-catalog.ts";
import { cleanCluster } from "./lab-clean.ts";
import { featureFinder } from "./lab-features.ts";
import { describeLoss } from "./lab-loss.ts";
import { unfitMachines, unfitSettings, whatIsMissing } from "./lab-needs.ts";
import { changeProgress, currentLab, readProgress, requireCurrent } from "./lab-progress.ts";
import { runSetupStep } from "./lab-scripts.ts";
import { attemptVariables } from "./lab-session.ts";
import { filled, type ShownLab } from "./lab-show.ts";
import { requireMachinesForLabs } from "./own-machines.ts";
import { openLab, patientContext, type Lab, type LabOptions } from "./open-lab.ts";
import { openRunningLab } from "./running-lab.ts";

export interface LabStartOptions extends LabOptions {
  /** Do not ask. */
  readonly yes: boolean;
}

/** A lab that is ready to be worked on. */
export interface StartedLab {
  readonly lab: ShownLab;
  readonly nonce: string;
}

/** Prepares the cluster for a lab: a clean swarm, images, files, what the lab sets up. */
export async function labStart(
  usual: Context,
  options: LabStartOptions & { readonly id: string },
): Promise<StartedLab> {
  const lab = findLab(await readCatalog(usual, [options.id]), options.id);
  const cluster = await openRunning(usual, options);
  const context = patientContext(usual, cluster);
  requireMachines(lab, cluster);
  requireSettings(lab, cluster);
  const progress = await readProgress(cluster.directory);
  const before = currentLab(await readCatalog(usual, [progress.current ?? lab.id]), progress);
  await using connections = new Connections(context);
  await confirmLoss({ context, cluster, connections, lab, yes: options.yes });
  return await prepare({ context, cluster, connections, lab, before });
}

/** Back to the start of the lab under way, with a new attempt. */
export async function labReset(usual: Context, options: LabStartOptions): Promise<StartedLab> {
  const { directory, provider } = await openLab(usual, options, rootTasks);
  requireMachinesForLabs({ provider });
  const progress = await readProgress(directory);
  const { lab } = requireCurrent(await readCatalog(usual, [progress.current]), progress);
  await confirmAction(usual, {
    action: `throw away what was done in lab ${lab.number} and begin it again`,
    yes: options.yes,
    command: "swarmlab lab reset --yes",
  });
  const cluster = await openRunning(usual, options);
  const context = patientContext(usual, cluster);
  await using connections = new Connections(context);
  return await prepare({ context, cluster, connections, lab, before: lab });
}

const rootTasks = ["look at the machines and change what runs on them"];

/** A lab may have stopped some machines. */
async function openRunning(context: Context, options: LabStartOptions): Promise<Lab> {
  // What there is to say about the file is said once, below.
  requireMachinesForLabs(await openLab({ ...context, emit: () => undefined }, options, rootTasks));
  return openRunningLab(context, options, { tasks: rootTasks, force: true });
}

function requireMachines(lab: LabDefinition, { cluster }: Lab): void {
  const unfit = unfitMachines(lab, cluster.machines);
  if (unfit === undefined) return;
  const { managers, workers } = lab.needs;
  const isTooMany = cluster.machines.filter(({ role }) => role === "manager").length > managers;
  throw new FailureError({
    kind: "prerequisite",
    problems: [
      {
        severity: "error",
        what: `lab ${lab.number} needs ${unfit}`,
        remedy: isTooMany
          ? "Do labs on a cluster of their own: mkdir labs && cd labs && swarmlab init && swarmlab up"
          : `swarmlab up --managers ${managers} --workers ${workers}, or the same in swarmlab.yaml`,
      },
    ],
  });
}

function requireSettings(lab: LabDefinition, { cluster }: Lab): void {
  const problems = unfitSettings(lab, cluster).map(({ what, remedy }): Problem => ({
    severity: "error",
    what: `lab ${lab.number} ${what}`,
    remedy,
  }));
  if (problems.length > 0) throw new FailureError({ kind: "prerequisite", problems });
}

interface Preparation {
  readonly context: Context;
  readonly cluster: Lab;
  readonly connections: Connections;
  readonly lab: LabDefinition;
  readonly before: LabDefinition | undefined;
}

/** What is on the cluster may be the person's own work, not a lab's. */
async function confirmLoss(its: Omit<Preparation, "before"> & { readonly yes: boolean }): Promise<void> {
  const { context, cluster, connections, lab, yes } = its;
  const engines = await openEngines({ lab: cluster, connections });
  const loss = await describeLoss([...engines.values()], context.signal);
  if (loss === undefined) return;
  await confirmAction(context, {
    action: `remove what is on this cluster (${loss})`,
    yes,
    command: `swarmlab lab start ${lab.number} --yes`,
  });
}

async function prepare(work: Preparation): Promise<StartedLab> {
  const { context, cluster, connections, lab } = work;
  await requireFeatures(work);
  return withClusterLock(context, cluster.cluster.name, async () => {
    connections.open(cluster);
    await endFaults({ context, lab: cluster, connections });
    await cleanCluster(work);
    const nonce = newNonce();
    const variables = attemptVariables(cluster, { nonce });
    const engines = await openEngines({ lab: cluster, connections });
    const maxWorkers = engines.size * 2;
    await runSteps(await preparationSteps({ ...work, variables }), { ...context, maxWorkers });
    const baseline = await readBaseline(work);
    const attempt = newAttempt({ nonce, startedAt: new Date().toISOString(), baseline });
    await changeProgress(cluster.directory, (progress) => withAttempt(progress, lab, attempt));
    return { lab: filled(lab, variables), nonce };
  });
}

async function requireFeatures({ cluster, connections, lab }: Preparation): Promise<void> {
  const missing = await whatIsMissing(lab, featureFinder(cluster, connections));
  if (missing.length === 0) return;
  const problems = missing.map((what): Problem => ({
    severity: "error",
    what: `lab ${lab.number} ${what}`,
    remedy: "swarmlab lab list   (shows what this cluster can run)",
  }));
  throw new FailureError({ kind: "prerequisite", problems });
}

async function preparationSteps(
  work: Preparation & { readonly variables: Variables },
): Promise<readonly Step[]> {
  const { context, cluster, connections, lab, variables } = work;
  const names = cluster.cluster.machines.map(({ name }) => name);
  type Run = (name: string, progress: StepProgress) => ReturnType<LeafStep["run"]>;
  const each = (id: string, title: string, run: Run): Step => ({
    id: `lab/${id}`,
    title,
    mode: "concurrent",
    steps: names.map((name) => ({
      id: `lab/${id}/${name}`,
      title: name,
      run: (progress) => run(name, progress),
    })),
  });
  const programs = each("programs", "Programs", async (name, progress) => {
    const installed = await ensurePrograms({ remote: await connections.remote(cluster, name), ...progress });
    return installed.join(", ") || "there already";
  });
  const sources = await imageSources(context);
  const images = each("images", "Images", async (name) => {
    const [remote, engine] = [
      await connections.remote(cluster, name),
      await connections.engine(cluster, name),
    ];
    const { clock, signal } = context;
    const made = await ensureImages({ remote, engine, images: lab.images, sources, clock, signal });
    return made.length === 0 ? "there already" : made.join(", ");
  });
  const files = each("files", "Files", async (name) => {
    await copyFiles(work, name);
    return undefined;
  });
  const setup: Step = {
    id: "lab/setup",
    title: "What the lab begins with",
    run: async () => {
      for (const step of lab.setup) await runSetupStep({ context, cluster, connections, step, variables });
      await awaitServices(work);
      return undefined;
    },
  };
  return [
    ...(lab.images.length > 0 ? [programs, images] : []),
    ...(lab.files.size > 0 ? [files] : []),
    ...(lab.setup.length > 0 ? [setup] : []),
  ];
}

async function imageSources({ host }: Context): Promise<ImageSources> {
  const source = async (name: string): Promise<string> => {
    const path = join(host.packageDirectory, "templates/images", name);
    const text = await readText(path);
    if (text === undefined) throw new Error(`${path} is missing`);
    return text;
  };
  return { script: await source("build-images.sh"), whoami: await source("whoami.py") };
}

async function copyFiles(
  { cluster, connections, lab, variables }: Preparation & { readonly variables: Variables },
  name: string,
): Promise<void> {
  const remote = await connections.remote(cluster, name);
  for (const [path, text] of lab.files) {
    const file = posix.join("lab", path);
    await remote.run({ argv: ["mkdir", "-p", "--", posix.dirname(file)] });
    await remote.writeFile(file, fillText(text, variables), { mode: 0o644 });
  }
}

/** Every service has the tasks that it wants. */
async function awaitServices({ context, cluster, connections }: Preparation): Promise<void> {
  const { clock, signal } = context;
  const engines = await openEngines({ lab: cluster, connections });
  const [manager] = await findManagers({ cluster: cluster.cluster, engines, clock, signal });
  await waitUntil(
    {
      clock,
      signal,
      title: "the lab's services to run",
      timeoutMs: 60_000,
      intervalMs: 300,
      hint: () => "Look at them: swarmlab ssh manager -- docker service ls",
    },
    async () => {
      const services = listAt(
        { all: await manager.request("GET", "/services?status=true", { signal }) },
        "all",
      );
      const isWaiting = services.some(
        (service) =>
          fieldAt(service, "ServiceStatus", "RunningTasks") !==
          fieldAt(service, "ServiceStatus", "DesiredTasks"),
      );
      return isWaiting ? undefined : true;
    },
  );
}

async function readBaseline({ context, cluster, connections }: Preparation): Promise<Baseline> {
  const { clock, signal } = context;
  const engines = await openEngines({ lab: cluster, connections });
  const [manager] = await findManagers({ cluster: cluster.cluster, engines, clock, signal });
  const swarm = await manager.request("GET", "/swarm", { signal });
  const nodeIds = await Promise.all(
    [...engines].map(async ([name, engine]) => {
      const info = await engine.request("GET", "/info", { signal });
      return [name, textAt(info, "Swarm", "NodeID")] as const;
    }),
  );
  return { ...swarmFacts(swarm), nodeIds: Object.fromEntries(nodeIds) };
}

/** Six letters without vowels: no word comes of them by chance. */
function newNonce(): string {
  const letters = "bcdfghjkmnpqrstvwxz";
  return Array.from({ length: 6 }, () => letters[randomInt(letters.length)] ?? "").join("");
}
