import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  parseDocument,
  Parser,
  visit,
  type YAMLError,
} from "yaml";
import type { PlacedProblem, Position } from "./finding.ts";
import type { Path } from "./values.ts";

/** A YAML text as data, with the way back from the data to the text. */
export interface YamlSource {
  /** A mapping: an empty text is an empty mapping, and so is one that cannot be read at all. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly problems: readonly PlacedProblem[];
  /** From here on the data are a guess of the YAML reader; undefined: they can be trusted. */
  readonly brokenFrom?: Position;
  /** Where a key or its value stands; undefined when the path is not in the text. */
  readonly position: (path: Path, at: "key" | "value") => Position | undefined;
}

type Entry = Node | Pair | null | undefined;

/** No file of this program is nested half as deep. The YAML reader calls itself for each level, and a stack that is full can end the whole process. */
const maxDepth = 100;

/** Reads YAML text whatever is in it; what is wrong is told in `problems`. */
export function parseYaml(text: string): YamlSource {
  const tooDeepAt = findTooDeep(text);
  return tooDeepAt === undefined ? parseShallow(text) : tooDeep(tooDeepAt);
}

/** Where the text goes deeper than `maxDepth`, found without a stack of calls; undefined: nowhere. */
function findTooDeep(text: string): Position | undefined {
  // Each level takes one of these characters.
  if ((text.match(/[[{:?-]/g) ?? []).length < maxDepth) return undefined;
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme));
    if (parser.stack.length > maxDepth) return placeIn(text, parser.offset);
  }
  return undefined;
}

function tooDeep(position: Position): YamlSource {
  const problem = error(
    `values are nested more than ${maxDepth} levels deep here`,
    "Write them with fewer levels: nothing in this file needs so many.",
  );
  return { data: {}, problems: [{ position, problem }], brokenFrom: position, position: () => undefined };
}

function parseShallow(text: string): YamlSource {
  // `silent` would hide that there is a second document.
  const document = parseDocument(text, {
    prettyErrors: false,
    logLevel: "error",
    stringKeys: true,
    // Only what JSON has: a directive or a tag of YAML 1.1 would bring dates, sets and bytes.
    schema: "core",
    resolveKnownTags: false,
  });
  const place = (offset: number): Position => placeIn(text, offset);
  const syntax = firstPerLine([...document.errors, ...document.warnings], place);
  const inNodes = nodeProblems(document, place);
  const data = inNodes.length > 0 ? {} : toData(document);
  const problems = [
    ...syntax.map((error) => ({ position: place(error.pos[0]), problem: syntaxProblem(error, text) })),
    ...inNodes,
    ...(data === undefined ? [tooManyAliases(document, place)] : []),
    ...rootProblems(document, place),
  ];
  const broken = syntax.filter((error) => error.code !== "DUPLICATE_KEY").map((error) => error.pos[0]);
  return {
    data: data ?? {},
    problems,
    ...(broken.length > 0 && { brokenFrom: place(Math.min(...broken)) }),
    position: (path, at) => {
      const offset = findOffset(document, path, at);
      return offset === undefined ? undefined : place(offset);
    },
  };
}

/** The YAML reader's own count passes over lines of quoted text that stands after a mistake. */
function placeIn(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/** One slip makes the YAML reader complain several times. */
function firstPerLine(
  errors: readonly YAMLError[],
  place: (offset: number) => Position,
): readonly YAMLError[] {
  const sorted = errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  return [
    ...new Map(sorted.toReversed().map((error) => [place(error.pos[0]).line, error])).values(),
  ].toReversed();
}

type Advice = PlacedProblem["problem"];

const error = (what: string, remedy: string): Advice => ({ severity: "error", what, remedy });

function syntaxProblem({ code, message, pos }: YAMLError, text: string): Advice {
  if (code === "DUPLICATE_KEY") {
    const key = /^[^\s:]*/.exec(text.slice(pos[0]))?.[0] ?? "";
    return error(`the key ${key} is there twice`, "Keep one of the two.");
  }
  if (code === "MULTIPLE_DOCS")
    return error(
      "a second YAML document begins here",
      "Remove it and the --- before it: one file is one cluster.",
    );
  if (code === "TAB_AS_INDENT")
    return error("a tab is used as indentation", "Indent with spaces; YAML does not allow tabs there.");
  return error(
    `this is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
    "Write one `key: value` in each line, nested keys two spaces further in, and text with special characters in quotes.",
  );
}

function nodeProblems(
  document: Document.Parsed,
  place: (offset: number) => Position,
): readonly PlacedProblem[] {
  const problems: PlacedProblem[] = [];
  visit(document, {
    Pair(_key, { key }) {
      if (!isScalar(key) || key.value !== "__proto__") return;
      const problem = error("no key can be named __proto__", "Give the key another name, or remove it.");
      problems.push({ position: place(key.range?.[0] ?? 0), problem });
    },
    Alias(_key, alias, ancestors) {
      const target = alias.resolve(document);
      const position = place(alias.range?.[0] ?? 0);
      if (!target)
        problems.push({
          position,
          problem: error(
            `nothing is named &${alias.source} before this`,
            `Write &${alias.source} where the value stands first, or put text that begins with * in quotes.`,
          ),
        });
      else if (ancestors.includes(target))
        problems.push({
          position,
          problem: error(`*${alias.source} contains itself`, "Write the value out."),
        });
    },
  });
  return problems;
}

function rootProblems(
  { contents }: Document.Parsed,
  place: (offset: number) => Position,
): readonly PlacedProblem[] {
  if (isEmpty(contents) || isMap(contents)) return [];
  const problem = error("the file must be a mapping of keys to values", "Write for example `managers: 1`.");
  return [{ position: place(contents?.range[0] ?? 0), problem }];
}

function tooManyAliases({ contents }: Document.Parsed, place: (offset: number) => Position): PlacedProblem {
  const problem = error(
    "the aliases in this file, written out, are too many values",
    "Write the values out that are meant, or use fewer aliases.",
  );
  return { position: place(contents?.range[0] ?? 0), problem };
}

const isEmpty = (contents: unknown) => contents === null || (isScalar(contents) && contents.value === null);

/** The document has no `nodeProblems`. Undefined: its aliases stand for too many values. */
function toData(document: Document.Parsed): Readonly<Record<string, unknown>> | undefined {
  if (!isMap(document.contents)) return {};
  try {
    return document.toJS({ maxAliasCount: 100 }) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function findOffset(document: Document.Parsed, path: Path, at: "key" | "value"): number | undefined {
  let key: Entry;
  let value: Entry = document.contents;
  for (const part of path) {
    const holder: unknown = isAlias(value) ? value.resolve(document) : value;
    if (isMap<Node, Node | null>(holder)) {
      // With a key twice the last one counts, as in the data.
      const pair = holder.items.findLast(
        (item) => isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (!pair) return undefined;
      key = pair.key;
      value = pair.value;
    } else if (isSeq<Node>(holder)) {
      value = holder.items[Number(part)];
      key = value;
    } else return undefined;
  }
  const node = at === "key" ? key : (value ?? key);
  return isNodeWithRange(node) ? node.range[0] : undefined;
}

/** Whether something of a YAML document knows its place: begin, end of the value, end of what follows it in its line. */
export function isNodeWithRange(
  node: unknown,
): node is { readonly range: readonly [number, number, number] } {
  return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range);
}
