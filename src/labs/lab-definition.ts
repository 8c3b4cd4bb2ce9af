import type { Check } from "./check.ts";
import type { LabValues } from "./lab-schema.ts";
import type { LabScript, Mutant } from "./lab-script.ts";
import type { LabText } from "./lab-text.ts";

/** A lab as its folder has it. */
export interface LabDefinition extends Pick<
  LabValues,
  "id" | "title" | "summary" | "minutes" | "level" | "needs" | "images" | "quiz"
> {
  /** From the folder's name: `01`. */
  readonly number: string;
  /** Absolute. */
  readonly directory: string;
  /** Of all content; changes with any of it. */
  readonly hash: string;
  readonly rebuildsSwarm: boolean;
  readonly setup: readonly SetupStep[];
  readonly teardown: readonly SetupStep[];
  readonly tasks: readonly LabTask[];
  readonly text: LabText;
  /** What is copied to `~/lab` on every machine, by the path there. */
  readonly files: ReadonlyMap<string, string>;
  /** By number of the task, from 1. */
  readonly solutions: ReadonlyMap<number, LabScript>;
  readonly mutants: readonly Mutant[];
}

export interface LabTask {
  /** From 1. */
  readonly number: number;
  readonly id: string;
  readonly title: string;
  /** Why it is so: told once the task is done. */
  readonly why: string;
  readonly hints: { readonly concept: string; readonly command: string };
  readonly checks: readonly Check[];
}

export interface SetupStep {
  readonly on: string;
  /** Exactly one of the two. */
  readonly run?: readonly string[];
  /** Content for `bash -s`. */
  readonly script?: string;
}

/** The heading of a task's section in `README.md`. */
export const headingOf = ({ number, title }: Pick<LabTask, "number" | "title">): string =>
  `${number}. ${title}`;
