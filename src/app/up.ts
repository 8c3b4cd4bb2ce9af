import type { MachineSpec, Role } from "../cluster/cluster.ts";
import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { formatRefusals } from "../machine/choose-provider.ts";
import { runSteps } from "../run-steps.ts";
import type { Step } from "../steps.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { certificatesDirectory, ClusterCertificates } from "./cluster-certificates.ts";
import { configureMachine, type MachineWork } from "./configure-machine.ts";
import { Connections } from "./connections.ts";
import { formSwarm } from "./form-swarm.ts";
import { requireHealthyHost } from "./healthy-host.ts";
import { inspectWithBundle } from "./inspect-with-bundle.ts";
import { inspectLab, patientContext, readCluster, type Lab, type LabOptions } from "./open-lab.ts";
import { planUp, type UpPlan } from "./plan-up.ts";
import { installMissing } from "./setup.ts";
import { restartDaemons } from "./restart-daemons.ts";
import type { StatusReport } from "./status-report.ts";
import { reportStatus } from "./status.ts";
import { surveyMachines } from "./survey-machines.ts";

export interface UpOptions extends LabOptions {
  /** Install what the host lacks, without asking. */
  readonly setup: boolean;
  readonly dryRun: boolean;
  /** Leave swarms that are not this cluster's. */
  readonly force: boolean;
  /** File that brings what would be fetched. */
  readonly bundle?: string;
  /** Steps that run at the same time. */
  readonly maxWorkers: number;
}

export type UpOutcome =
  | { readonly kind: "done"; readonly status: StatusReport }
  | { readonly kind: "planned"; readonly plan: UpPlan };

/** Brings the cluster up: machines, daemons, swarm. What is there already stays as it is. */
export async function up(usual: Context, options: UpOptions): Promise<UpOutcome> {
  const { lab, refused } = await openUp(usual, options);
  const context = patientContext(usual, lab);
  for (const text of formatRefusals(refused)) context.emit({ type: "note", level: "info", text });
  await requireHealthyHost(context, lab, options.bundle === undefined ? undefined : {});
  const { provider } = lab;
  await using connections = new Connections(context);
  const answering = provider.capabilities.ownsMachines
    ? undefined
    : await surveyMachines({ context, lab, connections, force: options.force });
  if (options.dryRun) {
    const settled = { ...lab, cluster: await provider.settle(lab.cluster) };
    const work = { context, lab: settled, connections, ...options };
    return { kind: "planned", plan: await planUp({ ...work, ...(answering && { answering }) }) };
  }
  return await withClusterLock(context, lab.cluster.name, async () => {
    const cluster = await provider.claim(lab.cluster, context.signal);
    const claimed = { ...lab, cluster };
    connections.open(claimed);
    const certificates = new ClusterCertificates(certificatesDirectory(claimed), cluster.name);
    const work = { lab: claimed, connections, context, certificates };
    const toRestart = new Set<string>();
    await runSteps(machineSteps(work, toRestart), { ...context, maxWorkers: options.maxWorkers });
    await restartDaemons(work, toRestart);
    await formSwarm({ context, lab: claimed, connections, ...options });
    return { kind: "done", status: await reportStatus(context, claimed, connections) };
  });
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

/** Daemons that run and have to be restarted are noted in `toRestart`. */
function machineSteps(work: MachineWork, toRestart: Set<string>): readonly Step[] {
  const { lab } = work;
  const { provider, cluster } = lab;
  const group = (id: string, title: string, machines: readonly MachineSpec[]): Step => ({
    id,
    title,
    mode: "concurrent",
    steps: machines.map(({ name }) => machineStep(work, name, toRestart)),
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

function machineStep(work: MachineWork, name: string, toRestart: Set<string>): Step {
  const { lab, connections } = work;
  const id = `machines/${name}`;
  return {
    id,
    title: name,
    mode: "sequence",
    steps: [
      {
        id: `${id}/create`,
        title: "machine",
        run: (progress) => lab.provider.create(lab.cluster, name, progress),
      },
      {
        id: `${id}/ssh`,
        title: "SSH",
        run: async () => {
          await connections.remote(lab, name);
          return undefined;
        },
      },
      {
        id: `${id}/docker`,
        title: "Docker",
        run: async (progress) => {
          const done = await configureMachine({ ...work, name, restart: "later", progress });
          if (done.toRestart) toRestart.add(name);
          return done.text;
        },
      },
    ],
  };
}
