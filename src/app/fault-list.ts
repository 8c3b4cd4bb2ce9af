import type { Context } from "../context.ts";
import { FaultRecords } from "./fault-records.ts";
import { reportFault, type FaultReport } from "./fault-report.ts";
import { openLab, type Lab, type LabOptions } from "./open-lab.ts";

/** What `fault list --json` prints. */
export interface FaultList {
  readonly schemaVersion: 1;
  /** The oldest first. */
  readonly faults: readonly FaultReport[];
}

/** The faults that are active. Waits for nobody. */
export async function faultList(context: Context, options: LabOptions): Promise<FaultList> {
  const lab = await openLab(context, options, ["read what is kept of the machines, which belongs to root"]);
  return { schemaVersion: 1, faults: await activeFaults(lab) };
}

/** @throws FailureError `fault-record` */
export async function activeFaults(lab: Pick<Lab, "provider" | "cluster">): Promise<readonly FaultReport[]> {
  return (await new FaultRecords(lab).read()).map(reportFault);
}
