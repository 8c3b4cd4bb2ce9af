import { parseMachineName } from "../cluster/machine-name.ts";
import type { Snapshot } from "../machine/provider.ts";

/** A snapshot as it is shown and given as JSON. */
export interface SnapshotReport {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly savedAt: string;
  /** Room on the disk; null: only the hypervisor knows. */
  readonly bytes: number | null;
  readonly machines: readonly string[];
  /** Those of the machines that are managers. */
  readonly managers: readonly string[];
}

export function reportSnapshot({ name, savedAt, bytes, machines }: Snapshot): SnapshotReport {
  const managers = machines.filter((machine) => parseMachineName(machine)?.role === "manager");
  return { name, savedAt, bytes: bytes ?? null, machines, managers };
}
