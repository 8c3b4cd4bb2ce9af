import type { Failure } from "./failure.ts";

/** What a running step may say and must heed. */
export interface StepProgress {
  /** One short line about what is going on now; replaces the line before. */
  readonly report: (text: string) => void;
  /** Aborted when the run is cancelled or a sibling makes going on pointless. */
  readonly signal: AbortSignal;
}

/**
 * A node of the step tree. A leaf has `run`; a group has `steps`.
 * Ids are unique in one tree, stable, and readable: `machines/node1/boot`.
 */
export type Step = LeafStep | GroupStep;

export interface LeafStep {
  readonly id: string;
  readonly title: string;
  /** Does the work; the text it may return is shown as the outcome (`already running`). */
  readonly run: (progress: StepProgress) => Promise<string | undefined>;
}

export interface GroupStep {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly Step[];
  /** Children one after another, or side by side. A failed sibling lets the others settle. */
  readonly mode: "sequence" | "concurrent";
}

/** A step without its work: what a renderer needs to draw the whole tree before it starts. */
export interface StepOutline {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly StepOutline[];
}

export type StepEvent =
  | { readonly type: "steps"; readonly steps: readonly StepOutline[] }
  | { readonly type: "step"; readonly id: string; readonly state: "started" }
  | { readonly type: "step"; readonly id: string; readonly state: "progress"; readonly text: string }
  | {
      readonly type: "step";
      readonly id: string;
      readonly state: "done";
      readonly elapsedMs: number;
      readonly text?: string;
    }
  | {
      readonly type: "step";
      readonly id: string;
      readonly state: "failed";
      readonly elapsedMs: number;
      readonly failure?: Failure;
    }
  /** Not run, because something before it failed or the run was cancelled. */
  | { readonly type: "step"; readonly id: string; readonly state: "skipped" };
