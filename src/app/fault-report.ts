import { describeFault } from "../faults/describe-fault.ts";
import { machinesOf, type FaultKind } from "../faults/fault.ts";
import { standingOf, type FaultRecord } from "../faults/fault-record.ts";

/** A fault as `fault list --json` and `status --json` print it. */
export interface FaultReport {
  readonly id: string;
  readonly kind: FaultKind;
  /** What is broken, in words. */
  readonly what: string;
  readonly machines: readonly string[];
  /** ISO 8601, in UTC, as the next. */
  readonly since: string;
  /** When it heals by itself; null: never. */
  readonly until: string | null;
  /** It should have healed by itself, and has not. */
  readonly overdue: boolean;
}

export function reportFault(record: FaultRecord): FaultReport {
  const { id, fault, since, until } = record;
  const overdue = standingOf(record, Date.now()) === "overdue";
  return {
    id,
    kind: fault.kind,
    what: describeFault(fault),
    machines: machinesOf(fault),
    since,
    until,
    overdue,
  };
}
