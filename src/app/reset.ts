import type { Context } from "../context.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { withoutCurrent } from "../labs/progress.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { confirmAction } from "./confirm-action.ts";
import { Connections, openEngines } from "./connections.ts";
import { endFaults } from "./faults-around.ts";
import { readCatalog } from "./lab-catalog.ts";
import { describeLoss } from "./lab-loss.ts";
import { changeProgress, currentLab, readProgress } from "./lab-progress.ts";
import { openLab, patientContext, reopenLab, type Lab, type LabOptions } from "./open-lab.ts";
import { resetCluster } from "./reset-cluster.ts";
import { openRunningLab } from "./running-lab.ts";
import { requireRunning } from "./running-machines.ts";
import type { StatusReport } from "./status-report.ts";
import { reportStatus } from "./status.ts";

export interface ResetOptions extends LabOptions {
  /** Do not ask. */
  readonly yes: boolean;
  /** Steps that run at the same time. */
  readonly maxWorkers: number;
}

/** What `reset --json` prints. */
export interface ResetReport {
  readonly schemaVersion: 1;
  /** ID of the lab whose attempt ended with the swarm; null: none was under way. */
  readonly endedLab: string | null;
  readonly status: StatusReport;
}

const rootTasks = ["look at the machines and change what runs on them"];

/**
 * A new swarm on the same machines, on which nothing is left of what was there. Of machines that are not this program's own only the swarm is made anew.
 * @throws FailureError `confirmation-needed`, `declined`; `not-running` where a machine was stopped meanwhile; as `openRunningLab` and `resetCluster`
 */
export async function reset(usual: Context, options: ResetOptions): Promise<ResetReport> {
  const { provider } = await openLab({ ...usual, emit: () => undefined }, options, rootTasks);
  const { ownsMachines } = provider.capabilities;
  const opened = await openRunningLab(usual, options, { tasks: rootTasks, force: ownsMachines });
  const context = patientContext(usual, opened);
  await confirmAction(context, {
    action: await describeReset(context, opened),
    yes: options.yes,
    command: "swarmlab reset --yes",
  });
  return await withClusterLock(context, opened.cluster.name, async () => {
    // Much may have changed while the question stood there.
    const lab = await reopenLab(opened);
    for (const { name } of lab.cluster.machines) requireRunning(lab, name);
    await using connections = new Connections(context);
    await endFaults({ context, lab, connections });
    const before = ownsMachines ? await endAttempt(context, lab) : undefined;
    const seen = await resetCluster({ context, lab, connections, before, maxWorkers: options.maxWorkers });
    const status = await reportStatus(context, lab, connections, seen);
    return { schemaVersion: 1, endedLab: before?.id ?? null, status };
  });
}

async function describeReset(context: Context, lab: Lab): Promise<string> {
  const { name } = lab.cluster;
  if (!lab.provider.capabilities.ownsMachines)
    return `end the swarm of ${name} with its services, and make a new one`;
  await using connections = new Connections(context);
  const engines = await openEngines({ lab, connections });
  const loss = await describeLoss([...engines.values()], context.signal);
  return `make the swarm of ${name} anew and clear its machines${loss === undefined ? "" : ` (${loss})`}`;
}

/** The lab that was under way; what it checks goes with the swarm. */
async function endAttempt(context: Context, { directory }: Lab): Promise<LabDefinition | undefined> {
  const progress = await readProgress(directory);
  if (progress.current === null) return undefined;
  const lab = currentLab(await readCatalog(context, [progress.current]), progress);
  await changeProgress(directory, withoutCurrent);
  const name = lab === undefined ? progress.current : lab.number;
  const text = `Lab ${name} was under way and ends with its swarm: swarmlab lab start ${name} begins it again.`;
  context.emit({ type: "note", level: "info", text });
  return lab;
}
