import type { Failure, Problem } from "../failure.ts";
import { describeFailure, type FailureText } from "./describe-failure.ts";
import { createPaint, type Paint } from "./paint.ts";
import { wrap } from "./wrap.ts";

export { describeFailure, type FailureText } from "./describe-failure.ts";

export interface TextOptions {
  readonly color: boolean;
  /** Width of the terminal in characters; text is wrapped at 100 at most. */
  readonly columns: number;
}

/** A block of text to print: a failure or one of its problems. */
interface Block extends FailureText {
  readonly severity: Problem["severity"];
  /** Printed before the severity, as compilers do: `swarmlab.yaml:3:5`. */
  readonly position?: string;
}

/** What, where, why and what to do next; one block for each problem, and one for each of several failures. Ends with a line break. */
export function formatFailure(failure: Failure, options: TextOptions): string {
  return formatBlocks(blocksOf(failure), options);
}

/** Problems that do not stop the command, such as warnings of `swarmlab.yaml` and findings of `doctor`. Ends with a line break. */
export function formatProblems(problems: readonly Problem[], options: TextOptions): string {
  return formatBlocks(problems.map(blockOf), options);
}

/** Text for an error that nobody expected. Ends with a line break. */
export function formatBug(error: unknown, { color }: Pick<TextOptions, "color">): string {
  const paint = createPaint(color);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    `${paint("red", "error:")} a bug in swarmlab, not a mistake of yours`,
    ...stack.split("\n").map((line) => `  ${line}`),
    `  ${paint("dim", "next")}   Run the same command with --verbose, and report what it prints`,
    "         together with the archive that this writes: swarmlab support",
    "",
  ].join("\n");
}

function blocksOf(failure: Failure): readonly Block[] {
  if (failure.kind === "config") return failure.problems.map(configBlockOf);
  if (failure.kind === "verify") return failure.problems.map(blockOf);
  if (failure.kind === "several") return failure.failures.flatMap(blocksOf);
  if (failure.kind !== "prerequisite") return [failureBlockOf(failure)];
  return prerequisiteBlocks(failure.problems.map(blockOf), failure);
}

/** The command that cures all stands at the end; with one problem, it is one more thing to do about that. */
function prerequisiteBlocks(
  blocks: readonly Block[],
  failure: Extract<Failure, { readonly kind: "prerequisite" }>,
): readonly Block[] {
  if (failure.command === undefined) return blocks;
  const [first, ...others] = blocks;
  const summary = failureBlockOf(failure);
  if (first === undefined || others.length > 0) return [...blocks, summary];
  return [{ ...first, next: [...first.next, ...summary.next] }];
}

function failureBlockOf(failure: Failure): Block {
  return { severity: "error", ...describeFailure(failure) };
}

function blockOf({ severity, what, where, why, remedy }: Problem): Block {
  const place = where === undefined ? {} : { where };
  return { severity, what, ...place, ...(why !== undefined && { why }), next: [remedy] };
}

function configBlockOf(problem: Problem): Block {
  const { where, ...block } = blockOf(problem);
  return where === undefined ? block : { ...block, position: where };
}

function formatBlocks(blocks: readonly Block[], { color, columns }: TextOptions): string {
  const paint = createPaint(color);
  const width = Math.min(columns, 100);
  return blocks.map((block) => `${formatBlock(block, { paint, width }).join("\n")}\n`).join("\n");
}

interface Layout {
  readonly paint: Paint;
  readonly width: number;
}

function formatBlock(block: Block, layout: Layout): readonly string[] {
  return [
    ...headOf(block, layout),
    ...field("where", block.where === undefined ? [] : [block.where], layout),
    ...field("why", wrap(block.why ?? "", layout.width - indentWidth), layout),
    ...field(
      "next",
      block.next.flatMap((step) => wrapNext(step, layout)),
      layout,
    ),
  ];
}

function headOf({ severity, position, what }: Block, { paint, width }: Layout): readonly string[] {
  const before = position === undefined ? "" : `${position}: `;
  const label = `${severity}:`;
  const [first = "", ...rest] = wrap(`${before}${label} ${what}`, width);
  const painted = paint(severity === "error" ? "red" : "yellow", label);
  return [first.replace(label, () => painted), ...rest.map((line) => `  ${line}`)];
}

const labelWidth = 7;
const indentWidth = 2 + labelWidth;

function field(label: string, lines: readonly string[], { paint }: Layout): readonly string[] {
  return lines
    .filter((line) => line !== "")
    .map((line, index) =>
      index === 0
        ? `  ${paint("dim", label)}${" ".repeat(labelWidth - label.length)}${line}`
        : `${" ".repeat(indentWidth)}${line}`,
    );
}

/** Sentences begin with a capital and are wrapped. Anything else is a command, which must stay whole to be copied. */
function wrapNext(step: string, { width }: Layout): readonly string[] {
  return /^[A-Z]/.test(step) ? wrap(step, width - indentWidth) : [step];
}
