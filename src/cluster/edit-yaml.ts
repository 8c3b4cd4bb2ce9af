import { isDeepStrictEqual } from "node:util";
import { type Document, isCollection, isMap, isScalar, type Pair, parseDocument } from "yaml";
import type { Path } from "./values.ts";
import { isNodeWithRange } from "./yaml-source.ts";

/** A change to a YAML text: the value that a key gets; undefined: the key goes, and what is left empty by that goes with it. */
export interface YamlEdit {
  readonly path: Path;
  readonly value: number | readonly string[] | undefined;
  /** A new key gets its line below the last one of these that is there; default: at the end. */
  readonly below?: readonly string[];
}

/** The text with these changes; all else in it stays as it is, and where that cannot be done in the text itself, comments at least. The text can be read. */
export function editYaml(text: string, edits: readonly YamlEdit[]): string {
  return edits.reduce(applyEdit, text);
}

function applyEdit(text: string, edit: YamlEdit): string {
  const document = parse(text);
  const [path, value] = [wholePath(document, edit), edit.value];
  const before = document.hasIn(path);
  if (value === undefined && !before) return text;
  const spliced = before
    ? splice(text, document, { path, value })
    : insert(text, document, { ...edit, path });
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, value);
  const isRight = spliced !== undefined && says(spliced, document);
  return isRight ? spliced : document.toString({ lineWidth: 0 });
}

function says(text: string, document: Document.Parsed): boolean {
  const read = parse(text);
  return read.errors.length === 0 && isDeepStrictEqual(read.toJS(), document.toJS());
}

const parse = (text: string): Document.Parsed => parseDocument(text, { stringKeys: true, schema: "core" });

/** A key that goes takes those along that have nothing else below them. */
function wholePath(document: Document.Parsed, { path, value }: YamlEdit): Path {
  const parent = path.slice(0, -1);
  const holder = parent.length === 0 ? undefined : document.getIn(parent);
  const isAlone = value === undefined && isCollection(holder) && holder.items.length === 1;
  return isAlone && document.hasIn(path) ? wholePath(document, { path: parent, value }) : path;
}

interface Change {
  readonly path: Path;
  readonly value: YamlEdit["value"];
}

/** Replaces a value, or removes the lines of a key; undefined: it does not stand in lines of its own. */
function splice(text: string, document: Document.Parsed, { path, value }: Change): string | undefined {
  const pair = pairAt(document, path);
  const [key, range] = [rangeOf(pair?.key), rangeOf(pair?.value)];
  if (key === undefined || range === undefined) return undefined;
  if (value !== undefined) return text.slice(0, range[0]) + flow(value) + rest(text, range[1]);
  const start = text.lastIndexOf("\n", key[0]) + 1;
  if (text.slice(start, key[0]).trim() !== "") return undefined;
  return text.slice(0, start) + text.slice(lineEnd(text, range[1]));
}

/** The value of a block ends with the line break that the one in its place needs too. */
function rest(text: string, end: number): string {
  return text[end - 1] === "\n" ? text.slice(end - 1) : text.slice(end);
}

/** A new key at the top, in a line of its own. */
function insert(
  text: string,
  document: Document.Parsed,
  { path, value, below = [] }: YamlEdit,
): string | undefined {
  const [key] = path;
  if (path.length !== 1 || key === undefined || value === undefined) return undefined;
  const ends = below.flatMap((name) => rangeOf(pairAt(document, [name])?.value)?.[1] ?? []);
  const at = ends.length === 0 ? text.length : lineEnd(text, Math.max(...ends));
  const head = text.slice(0, at);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const gap = head === "" || head.endsWith("\n") ? "" : newline;
  return `${head}${gap}${key}: ${flow(value)}${newline}${text.slice(at)}`;
}

const flow = (value: number | readonly string[]): string =>
  typeof value === "number" ? String(value) : `[${value.join(", ")}]`;

/** Behind the line break of the line that this place is in; of a block, which ends with one, its end. */
function lineEnd(text: string, at: number): number {
  if (text[at - 1] === "\n") return at;
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}

function pairAt(document: Document.Parsed, path: Path): Pair | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1));
  if (!isMap(parent)) return undefined;
  return parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
}

function rangeOf(node: unknown): readonly [number, number] | undefined {
  return isNodeWithRange(node) ? [node.range[0], node.range[1]] : undefined;
}
