import type { StepEvent } from "../steps.ts";

/** Everything said to the person while a command runs. Results are not events: they go to stdout at the end. */
export type UiEvent =
  | StepEvent
  /** Something worth knowing that belongs to no step. */
  | { readonly type: "note"; readonly level: "info" | "warning"; readonly text: string }
  /** Detail for `--verbose`. */
  | { readonly type: "debug"; readonly text: string };

export type Emit = (event: UiEvent) => void;
