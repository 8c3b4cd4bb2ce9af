import { randomBytes } from "node:crypto";
import type { Context } from "../context.ts";
import { FailureError, unwrap } from "../failure.ts";
import { conflictOf } from "../faults/fault-conflicts.ts";
import { isOfLinks, machinesOf, type Fault } from "../faults/fault.ts";
import { faultId, type FaultRecord } from "../faults/fault-record.ts";
import { describeFault } from "../faults/describe-fault.ts";
import { refusalOf } from "../faults/fault-refusal.ts";
import { parseDuration } from "../faults/parse-amount.ts";
import { parseFault, type FaultWords } from "../faults/parse-fault.ts";
import { runSteps } from "../run-steps.ts";
import { withClusterLock } from "./cluster-lock.ts";
import { Connections } from "./connections.ts";
import { FaultRecords } from "./fault-records.ts";
import { reportFault, type FaultReport } from "./fault-report.ts";
import { breakFault } from "./fault-work.ts";
import { openLab, patientContext, reopenLab, type Lab, type LabOptions } from "./open-lab.ts";
import { requireRunning } from "./running-machines.ts";

export interface FaultInjectOptions extends LabOptions {
  readonly words: FaultWords;
  /** A duration such as `90s`, `5m`; undefined: it stays until somebody heals it. */
  readonly for?: string;
}

/** Breaks something on purpose. The same twice is refused. @throws FailureError `usage`, `fault-refused`, `not-running` */
export async function faultInject(usual: Context, options: FaultInjectOptions): Promise<FaultReport> {
  const seconds = options.for === undefined ? undefined : requireDuration(options.for);
  const before = await openLab(usual, options, ["break machines and the links between them"]);
  const context = patientContext(usual, before);
  const fault = unwrap(parseFault(options.words, before.cluster.machines));
  refuse(before, fault, seconds !== undefined);
  await using connections = new Connections(context);
  return await withClusterLock(context, before.cluster.name, async () => {
    const lab = await reopenLab(before);
    const records = new FaultRecords(lab);
    await records.tidy();
    refuseTwice(fault, await records.read());
    for (const name of machinesOf(fault)) requireBreakable(lab, fault, name);
    const record = recordOf(fault, seconds, lab);
    await records.write(record);
    await runSteps(
      [
        {
          id: `fault/${record.id}`,
          title: record.id,
          run: async (progress) => {
            await breakFault({ context, lab, connections }, record, progress);
            return describeFault(fault);
          },
        },
      ],
      { ...context, maxWorkers: 1 },
    );
    return reportFault(record);
  });
}

function requireDuration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  const remedy = "Such as --for 90s, --for 5m, --for 1h30m";
  throw new FailureError({ kind: "usage", message: `--for ${text} is no duration`, remedy });
}

function refuse({ provider, cluster }: Lab, fault: Fault, timed: boolean): void {
  const { ownsMachines } = provider.capabilities;
  const sshPort = 22;
  const reason = refusalOf(fault, timed, {
    impossible: provider.faults?.impossible ?? {},
    fromOutside: provider.faults !== undefined,
    ownsMachines,
    canKill: provider.kill !== undefined,
    waysIn: ownsMachines ? [sshPort] : Object.values(cluster.hosts ?? {}).map(({ port }) => port),
  });
  if (reason !== undefined) throw new FailureError({ kind: "fault-refused", fault: fault.kind, reason });
}

function refuseTwice(fault: Fault, active: readonly FaultRecord[]): void {
  const other = conflictOf(fault, active);
  if (other === undefined) return;
  throw new FailureError({
    kind: "usage",
    message: `a fault does not allow this one beside it: ${describeFault(other.fault)} (${other.id})`,
    remedy: `swarmlab fault heal ${other.id}`,
  });
}

/** From outside, links can be broken of a machine that does not run. */
function requireBreakable(lab: Lab, fault: Fault, name: string): void {
  const state = lab.machines.get(name)?.state ?? "absent";
  if (isOfLinks(fault) && lab.provider.faults !== undefined && state === "stopped") return;
  requireRunning(lab, name);
}

function recordOf(fault: Fault, seconds: number | undefined, { provider }: Lab): FaultRecord {
  const nowMs = Date.now();
  return {
    schemaVersion: 1,
    id: faultId(fault.kind, randomBytes(2).toString("hex")),
    fault,
    since: new Date(nowMs).toISOString(),
    until: seconds === undefined ? null : new Date(nowMs + seconds * 1000).toISOString(),
    healer: provider.faults === undefined ? "machines" : "computer",
  };
}
