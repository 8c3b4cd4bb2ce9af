import type { FaultReport } from "../app/fault-report.ts";
import type { TextOptions } from "./failure-text.ts";
import { formatTable } from "./table.ts";

/** What `fault list` prints. Ends with a line break. */
export function formatFaults(faults: readonly FaultReport[], options: TextOptions): string {
  return faults.length === 0 ? "No fault is active.\n" : formatFaultTable(faults, options);
}

/** A table of faults, one at least. Ends with a line break. */
export function formatFaultTable(
  faults: readonly FaultReport[],
  { columns }: Pick<TextOptions, "columns">,
): string {
  const rows = faults.map((fault) => [fault.id, fault.what, endOf(fault)]);
  return formatTable({ head: ["FAULT", "WHAT", "HEALS"], rows, columns });
}

/** What `fault inject` prints. Ends with a line break. */
export function formatInjected({ id, what, until }: FaultReport): string {
  const end = until === null ? "" : ` It heals by itself at ${timeOf(until)}.`;
  return `From now on ${what}.${end} To end it: swarmlab fault heal ${id}\n`;
}

function endOf({ until, overdue }: FaultReport): string {
  if (until === null) return "by hand";
  return overdue ? `overdue since ${timeOf(until)}` : `at ${timeOf(until)}`;
}

/** In UTC: `2026-11-25 14:05:10Z`. */
const timeOf = (iso: string): string => iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
