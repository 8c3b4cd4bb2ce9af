import type { TextOptions } from "./failure-text.ts";
import { createPaint, type Paint } from "./paint.ts";
import { wrap } from "./wrap.ts";

const maxColumns = 100;

/**
 * Markdown for people: headings stand out, paragraphs and lists are wrapped, and above each block of commands stands where they run. In a
 * pipe it stays Markdown. Knows what the texts of labs use. Ends with a line break.
 */
export function formatMarkdown(markdown: string, { color, columns }: TextOptions): string {
  if (columns === Infinity) return `${markdown.trimEnd()}\n`;
  const layout = { paint: createPaint(color), width: Math.min(columns, maxColumns) };
  const blocks = blocksOf(markdown.split("\n"));
  const parts = blocks.map(
    (block, index) => `${gapAfter(blocks[index - 1], block)}${formatBlock(block, layout)}`,
  );
  return `${parts.join("")}\n`;
}

/** The items of one list stand together. */
function gapAfter(before: Block | undefined, block: Block): string {
  if (before === undefined) return "";
  return before.kind === "item" && block.kind === "item" ? "\n" : "\n\n";
}

interface Layout {
  readonly paint: Paint;
  readonly width: number;
}

type Block =
  | { readonly kind: "heading" | "paragraph"; readonly text: string }
  | { readonly kind: "item"; readonly text: string; readonly mark: string }
  | { readonly kind: "code"; readonly lines: readonly string[]; readonly info: string }
  | { readonly kind: "verbatim"; readonly lines: readonly string[] };

interface Reading {
  readonly block: Block;
  readonly rest: readonly string[];
}

function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let rest = lines;
  for (;;) {
    const start = rest.findIndex((line) => line.trim() !== "");
    if (start === -1) return blocks;
    const reading = readBlock(rest.slice(start));
    blocks.push(reading.block);
    rest = reading.rest;
  }
}

function readBlock(lines: readonly string[]): Reading {
  const [first = ""] = lines;
  const heading = /^#+ +(.*)$/.exec(first)?.[1];
  if (heading !== undefined) return { block: { kind: "heading", text: heading }, rest: lines.slice(1) };
  if (first.startsWith("```")) return readCode(lines);
  if (/^ {4}/.test(first)) return readWhile(lines, (line) => /^ {4}|^\s*$/.test(line), "verbatim");
  if (first.startsWith("|")) return readWhile(lines, (line) => line.startsWith("|"), "verbatim");
  const mark = markOf(first);
  return mark === undefined ? readParagraph(lines) : readItem(lines, mark);
}

const markOf = (line: string): string | undefined => /^([-*]|\d+\.) /.exec(line)?.[1];

function readCode(lines: readonly string[]): Reading {
  const end = lines.findIndex((line, index) => index > 0 && line.startsWith("```"));
  const last = end === -1 ? lines.length : end;
  const info = (lines[0] ?? "").slice(3).trim();
  return { block: { kind: "code", lines: lines.slice(1, last), info }, rest: lines.slice(last + 1) };
}

function readWhile(lines: readonly string[], belongs: (line: string) => boolean, kind: "verbatim"): Reading {
  const end = lines.findIndex((line) => !belongs(line));
  const own = end === -1 ? lines : lines.slice(0, end);
  return { block: { kind, lines: own.join("\n").trimEnd().split("\n") }, rest: lines.slice(own.length) };
}

function readParagraph(lines: readonly string[]): Reading {
  const text = textLines(lines, 0);
  return { block: { kind: "paragraph", text: text.join(" ") }, rest: lines.slice(text.length) };
}

function readItem(lines: readonly string[], mark: string): Reading {
  const text = textLines(lines, 1);
  const words = text
    .map((line) => line.trim())
    .join(" ")
    .slice(mark.length + 1);
  return { block: { kind: "item", text: words, mark }, rest: lines.slice(text.length) };
}

/** Lines up to a blank one, a fence or the next item. */
function textLines(lines: readonly string[], from: number): readonly string[] {
  const end = lines.findIndex(
    (line, index) =>
      index >= Math.max(from, 1) &&
      (line.trim() === "" || line.startsWith("```") || markOf(line) !== undefined),
  );
  return end === -1 ? lines : lines.slice(0, end);
}

function formatBlock(block: Block, layout: Layout): string {
  const { paint, width } = layout;
  switch (block.kind) {
    case "heading":
      return paint("bold", block.text);
    case "paragraph":
      return wrap(block.text, width)
        .map((line) => paintWords(line, paint))
        .join("\n");
    case "item":
      return wrap(block.text, width - 4)
        .map((line, index) => `${(index === 0 ? block.mark : "").padEnd(3)} ${paintWords(line, paint)}`)
        .join("\n");
    case "code":
      return [
        ...captionOf(block.info, paint),
        ...block.lines.map((line) => `    ${paint("cyan", line)}`),
      ].join("\n");
    case "verbatim":
      return block.lines.join("\n");
  }
}

/** `sh node1` is a block of commands for node1. */
function captionOf(info: string, paint: Paint): readonly string[] {
  const [language, ...words] = info.split(/\s+/);
  if (language !== "sh") return [];
  const on = words.find((word) => word !== "fails") ?? "manager";
  const place = on === "host" ? "on your computer" : `on ${on}`;
  return [paint("dim", words.includes("fails") ? `  ${place} (it fails):` : `  ${place}:`)];
}

/** Without colors the marks stay. A code span or bold text that was broken over two lines stays unpainted on both. */
function paintWords(line: string, paint: Paint): string {
  const painted = (whole: string, style: "cyan" | "bold", words: string): string =>
    paint(style, words) === words ? whole : paint(style, words);
  return line
    .replaceAll(/`([^`]+)`/g, (whole, code: string) => painted(whole, "cyan", code))
    .replaceAll(/\*\*([^*]+)\*\*/g, (whole, strong: string) => painted(whole, "bold", strong));
}
