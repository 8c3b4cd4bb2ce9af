import { freeNames } from "../cluster/change-machines.ts";
import { type Counts, highestNumbers } from "../cluster/counts.ts";
import { configFileName } from "../cluster/load.ts";
import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { planConfig, writeConfig } from "./config-file.ts";
import { openLab, readCluster, type Lab, type LabOptions } from "./open-lab.ts";
import { requireOwnMachines } from "./own-machines.ts";
import type { StatusReport } from "./status-report.ts";
import { up } from "./up.ts";

export interface NodeAddOptions extends LabOptions {
  readonly more: Counts;
  /** Steps that run at the same time. */
  readonly maxWorkers: number;
}

/** What `node add --json` prints. */
export interface NodeAddReport {
  readonly schemaVersion: 1;
  /** Names of the new machines. */
  readonly added: readonly string[];
  readonly status: StatusReport;
}

/**
 * Asks for more machines in `swarmlab.yaml` and does what `up` does. Where that fails, the file says what is wanted, and the next `up` goes on.
 * @throws FailureError `usage`; as `up`
 */
export async function nodeAdd(context: Context, options: NodeAddOptions): Promise<NodeAddReport> {
  const { more, ...labOptions } = options;
  if (more.managers + more.workers === 0) throw nothingToAdd();
  // What there is to say about the file, `up` says.
  const quiet = { ...context, emit: () => undefined };
  const { cluster } = await readCluster(quiet, labOptions);
  const { added, counts } = await withClusterLock(context, cluster.name, async () => {
    const lab = await openLab(quiet, labOptions, ["make machines"]);
    requireOwnMachines(lab, {
      action: "add machines",
      remedy: "List them under hosts in swarmlab.yaml, then: swarmlab up",
    });
    return askForMore(context, lab, more);
  });
  const only = { setup: false, dryRun: false, force: false, recreate: false, unasked: "keep" } as const;
  const outcome = await up(context, { ...options, ...counts, ...only });
  if (outcome.kind !== "done") throw new Error("up only planned");
  return { schemaVersion: 1, added, status: outcome.status };
}

/** Machines that are there without being asked for are asked for as well from now on. `counts`: the numbers where no file can say them. */
async function askForMore(
  context: Context,
  { cluster, directory, unasked }: Lab,
  more: Counts,
): Promise<{ readonly added: readonly string[]; readonly counts: Partial<Counts> }> {
  const taken = cluster.machines.map(({ name }) => name);
  const added = [
    ...freeNames(taken, { role: "manager", count: more.managers }),
    ...freeNames(taken, { role: "worker", count: more.workers }),
  ];
  const names = [...taken, ...added];
  const note = (text: string): void => context.emit({ type: "note", level: "info", text });
  const change = await planConfig(directory, names);
  if (change === undefined) {
    note(`There is no ${configFileName} that could ask for ${added.join(", ")}: what is there, stays there.`);
    return { added, counts: highestNumbers(names) };
  }
  await writeConfig(change);
  const too = unasked.length === 0 ? "" : `, and for ${unasked.join(", ")}, which was there already`;
  note(`${configFileName} asks for ${added.join(", ")} now${too}.`);
  return { added, counts: {} };
}

function nothingToAdd(): FailureError {
  return new FailureError({
    kind: "usage",
    message: "it is not said what to add",
    remedy: "swarmlab node add --worker, or with a number: swarmlab node add --manager 2 --worker 3",
  });
}
