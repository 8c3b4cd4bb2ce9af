import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import type { FaultRecord } from "../faults/fault-record.ts";
import { runSteps } from "../run-steps.ts";
import type { Step } from "../steps.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { Connections } from "./connections.ts";
import { FaultRecords } from "./fault-records.ts";
import { healFault, type FaultWork } from "./fault-work.ts";
import { openLab, patientContext, reopenLab, type LabOptions } from "./open-lab.ts";

export interface FaultHealOptions extends LabOptions {
  /** Which faults; empty with `all`. */
  readonly ids: readonly string[];
  readonly all: boolean;
}

/** Heals faults and verifies it. Returns their IDs. @throws FailureError `usage` for faults that there are not */
export async function faultHeal(usual: Context, options: FaultHealOptions): Promise<readonly string[]> {
  if (options.all === options.ids.length > 0) throw sayWhich();
  const before = await openLab(usual, options, ["heal machines and the links between them"]);
  const context = patientContext(usual, before);
  await using connections = new Connections(context);
  return await withClusterLock(context, before.cluster.name, async () => {
    const lab = await reopenLab(before);
    const records = new FaultRecords(lab);
    await records.tidy();
    const chosen = choose(await records.read(), options);
    await healFaults({ context, lab, connections }, chosen);
    return chosen.map(({ id }) => id);
  });
}

/** Machines come back first: others of their faults may have to be healed on them. */
export async function healFaults(
  work: FaultWork & { readonly context: Context },
  records: readonly FaultRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const isFirst = ({ fault }: FaultRecord): boolean => fault.kind === "kill" || fault.kind === "pause";
  const group = (id: string, title: string, chosen: readonly FaultRecord[]): readonly Step[] =>
    chosen.length === 0
      ? []
      : [{ id, title, mode: "concurrent", steps: chosen.map((record) => healStep(work, record)) }];
  await runSteps(
    [
      ...group("heal/machines", "Heal machines", records.filter(isFirst)),
      ...group(
        "heal/others",
        "Heal faults",
        records.filter((record) => !isFirst(record)),
      ),
    ],
    { ...work.context, maxWorkers: records.length },
  );
}

function healStep(work: FaultWork, record: FaultRecord): Step {
  return {
    id: `heal/${record.id}`,
    title: record.id,
    run: async (progress) => {
      // A machine that was killed runs by now.
      await healFault({ ...work, lab: await reopenLab(work.lab) }, record, progress);
      return "healed";
    },
  };
}

function choose(active: readonly FaultRecord[], { ids, all }: FaultHealOptions): readonly FaultRecord[] {
  if (all) return active;
  const unknown = ids.find((id) => !active.some((record) => record.id === id));
  if (unknown === undefined) return active.filter(({ id }) => ids.includes(id));
  const known = active.map(({ id }) => id).join(", ");
  throw new FailureError({
    kind: "usage",
    message: `there is no fault ${unknown}`,
    remedy: known === "" ? "No fault is active." : `There are: ${known}.`,
  });
}

function sayWhich(): FailureError {
  return new FailureError({
    kind: "usage",
    message: "fault heal takes the IDs of faults, or --all",
    remedy: "swarmlab fault list   (shows them)",
  });
}
