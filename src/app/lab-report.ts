import type { TaskResult } from "../labs/check-result.ts";

/** What `lab check --json` prints. */
export interface LabReport {
  readonly schemaVersion: 1;
  readonly lab: LabName;
  /** Every task is done. */
  readonly done: boolean;
  readonly tasks: readonly TaskResult[];
}

export interface LabName {
  readonly id: string;
  /** `01`. */
  readonly number: string;
  readonly title: string;
}
