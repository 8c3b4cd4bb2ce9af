/** `wait`: not yet, and something is on its way. `blocked`: it could not be evaluated. `skip`: a machine lacks what it needs. */
export type CheckStatus = "pass" | "fail" | "wait" | "blocked" | "skip";

export interface CheckResult {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly status: CheckStatus;
  /** It passed earlier in this attempt, and that counts. */
  readonly seenBefore?: true;
  readonly expected?: string;
  readonly actual?: string;
  /** A command that shows it. */
  readonly where?: string;
  /** For `blocked` and `skip`. */
  readonly why?: string;
  readonly looks: number;
}

export interface TaskResult {
  readonly id: string;
  /** From 1. */
  readonly number: number;
  readonly title: string;
  readonly why: string;
  /** Every check has passed or is skipped. */
  readonly done: boolean;
  readonly checks: readonly CheckResult[];
}
