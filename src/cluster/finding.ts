import type { Problem } from "../failure.ts";
import type { Path } from "./values.ts";

/** A problem that knows its place as a path into the data, not yet as line and column. */
export interface Finding extends Omit<Problem, "where"> {
  readonly path: Path;
  /** Whether the key itself is wrong or its value. */
  readonly at: "key" | "value";
}

/** A place in a text, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A problem with its place in the text; without one, nothing in the text leads to it. */
export interface PlacedProblem {
  readonly position?: Position;
  readonly problem: Omit<Problem, "where">;
}

/** Problems for the person, in the order of the text; those without a place come first, under the file's name alone. */
export function toProblems(fileName: string, placed: readonly PlacedProblem[]): readonly Problem[] {
  return placed
    .toSorted((a, b) => lineOf(a) - lineOf(b) || columnOf(a) - columnOf(b))
    .map(({ problem, position }) => ({ ...problem, where: formatPlace(fileName, position) }));
}

/** Keys as one dotted word: `swarm.default-addr-pool[0]`. */
export function formatPath(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}

const lineOf = (placed: PlacedProblem) => placed.position?.line ?? 0;
const columnOf = (placed: PlacedProblem) => placed.position?.column ?? 0;

function formatPlace(fileName: string, position: Position | undefined): string {
  return position ? `${fileName}:${position.line}:${position.column}` : fileName;
}
