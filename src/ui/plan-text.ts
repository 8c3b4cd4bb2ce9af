import type { UpPlan } from "../app/plan-up.ts";
import type { TextOptions } from "./failure-text.ts";
import { formatTable } from "./table.ts";

/** What `up --dry-run` prints. Ends with a line break. */
export function formatPlan({ actions, unseen }: UpPlan, { columns }: TextOptions): string {
  const rows = actions.map(({ machine, action, reason }) => [machine, action, reason]);
  const table =
    rows.length === 0
      ? "Nothing to do.\n"
      : formatTable({ head: ["MACHINE", "ACTION", "WHY"], rows, columns });
  if (unseen.length === 0) return table;
  return `${table}\nDaemons and swarm membership are looked at once these run: ${unseen.join(", ")}\n`;
}
