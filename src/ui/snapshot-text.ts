import type { SnapshotList } from "../app/snapshot-list.ts";
import type { SnapshotReport } from "../app/snapshot-report.ts";
import type { RestoredSnapshot } from "../app/snapshot-restore.ts";
import type { SavedSnapshot } from "../app/snapshot-save.ts";
import { formatSize } from "../cluster/format-size.ts";
import type { TextOptions } from "./failure-text.ts";
import { formatSummary } from "./summary-text.ts";
import { formatTable } from "./table.ts";

/** What `snapshot list` prints. Ends with a line break. */
export function formatSnapshots({ snapshots }: SnapshotList, { columns }: TextOptions): string {
  if (snapshots.length === 0) return "There is no snapshot of this cluster.\n";
  const rows = snapshots.map(({ name, savedAt, bytes, machines, managers }) => [
    name,
    `${savedAt.slice(0, 16).replace("T", " ")} UTC`,
    sizeText(bytes),
    machines.join(", "),
    managers.join(", "),
  ]);
  return formatTable({ head: ["SNAPSHOT", "SAVED", "SIZE", "MACHINES", "MANAGERS"], rows, columns });
}

/** What `snapshot save` prints. */
export function formatSaved({ saved, running }: SavedSnapshot): string {
  const again = running ? " and run again" : "";
  return `Saved ${aboutOf(saved)}; the machines are as before${again}.\nTo go back to it: swarmlab snapshot restore ${saved.name}\n`;
}

/** What `snapshot restore` prints. */
export function formatRestored({ restored, status }: RestoredSnapshot, options: TextOptions): string {
  return `Restored ${aboutOf(restored)}.\n${formatSummary(status, options)}`;
}

function aboutOf({ name, machines, bytes }: SnapshotReport): string {
  const size = bytes === null ? "" : `, ${formatSize(bytes)}`;
  return `${name} (${machines.join(", ")}${size})`;
}

const sizeText = (bytes: number | null): string => (bytes === null ? "-" : formatSize(bytes));
