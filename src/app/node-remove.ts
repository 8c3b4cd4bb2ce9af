import { selectMachines } from "../cluster/select.ts";
import type { Context } from "../context.ts";
import { FailureError, unwrap } from "../failure.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { planConfig, writeConfig } from "./config-file.ts";
import { confirmAction } from "./confirm-action.ts";
import { Connections } from "./connections.ts";
import { describeLoss } from "./lab-loss.ts";
import { openLab, patientContext, type Lab, type LabOptions } from "./open-lab.ts";
import { planMachineRemoval, type Removal, type RemovalPlan, removeMachines } from "./remove-machines.ts";
import type { StatusReport } from "./status-report.ts";
import { reportStatus } from "./status.ts";

export interface NodeRemoveOptions extends LabOptions {
  readonly names: readonly string[];
  /** Do not ask. */
  readonly yes: boolean;
  /** Steps that run at the same time. */
  readonly maxWorkers: number;
}

/** What `node remove --json` prints. */
export interface NodeRemoveReport {
  readonly schemaVersion: 1;
  readonly removed: readonly string[];
  readonly status: StatusReport;
}

/**
 * Takes machines out of the swarm and removes them, and `swarmlab.yaml` asks for them no more: that first, so that where the removal ends in the
 * middle, the next `up` goes on.
 * @throws FailureError `unknown-machine`, `config`, `confirmation-needed`, `declined`; as `planRemoval` and `removeMachines`
 */
export async function nodeRemove(usual: Context, options: NodeRemoveOptions): Promise<NodeRemoveReport> {
  const before = await openLab(usual, options, rootTasks);
  const context = patientContext(usual, before);
  await using connections = new Connections(context);
  const names = namesOf(before, options.names);
  const looked = { context, connections, names, lab: before };
  const looks = await planMachineRemoval(looked);
  await planConfig(before.directory, askedWithout(before, names));
  await confirmAction(context, {
    action: await describeRemoval(looked, looks),
    yes: options.yes,
    command: `swarmlab node remove ${names.join(" ")} --yes`,
  });
  return await withClusterLock(context, before.cluster.name, async () => {
    // Much may have changed while the question stood there.
    const lab = await openLab({ ...context, emit: () => undefined }, options, rootTasks);
    const removal = { ...looked, lab, names: namesOf(lab, names), maxWorkers: options.maxWorkers };
    const plan = await planMachineRemoval(removal);
    const change = await planConfig(lab.directory, askedWithout(lab, names));
    if (change === undefined) context.emit({ type: "note", level: "info", text: notKept(names) });
    else await writeConfig(change);
    const smaller = await removeMachines(removal, plan);
    const status = await reportStatus(context, smaller, connections);
    return { schemaVersion: 1, removed: names, status };
  });
}

const rootTasks = ["end the machines and remove what belongs to them"];

/** Each must be there by itself: a glob could mean more than was thought of. */
function namesOf({ cluster }: Lab, words: readonly string[]): readonly string[] {
  const known = cluster.machines.map(({ name }) => name);
  const unknown = words.find((word) => !known.includes(word));
  if (unknown === undefined) return known.filter((name) => words.includes(name));
  const failure = selectMachines(cluster.machines, unknown);
  if (!failure.ok) throw new FailureError(failure.failure);
  throw new FailureError({
    kind: "usage",
    message: `${unknown} is no machine's name`,
    remedy: `Name each one: swarmlab node remove ${unwrap(failure)
      .map(({ name }) => name)
      .join(" ")}`,
  });
}

const askedWithout = ({ cluster, unasked }: Lab, names: readonly string[]): readonly string[] =>
  cluster.machines.map(({ name }) => name).filter((name) => !unasked.includes(name) && !names.includes(name));

/** The action with what is lost by it: `remove node1 with all that it holds (2 containers, 1 volume)`. */
async function describeRemoval(
  { context, lab, names }: Pick<Removal, "context" | "lab" | "names">,
  { engines }: RemovalPlan,
): Promise<string> {
  const machines = names.join(", ");
  if (!lab.provider.capabilities.ownsMachines)
    return `take ${machines} out of the swarm and give back what was there before`;
  const going = names.flatMap((name) => engines.get(name) ?? []);
  const loss = await describeLoss(going, context.signal, "machines");
  return `remove ${machines} with all that ${names.length === 1 ? "it holds" : "they hold"}${loss === undefined ? "" : ` (${loss})`}`;
}

const notKept = (names: readonly string[]): string =>
  `There is no swarmlab.yaml that could say so: the next swarmlab up makes ${names.join(", ")} again where the default cluster has it.`;
