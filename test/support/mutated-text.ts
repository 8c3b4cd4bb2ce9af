import fc from "fast-check";

/** A text that was like one of `texts` before somebody's fingers slipped, up to five times: characters, lines, indentation, values. */
export function mutatedText(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(texts, fc.array(mutation, { minLength: 1, maxLength: 5 }))
    .map(([text, mutations]) => mutations.reduce((mutant, mutate) => mutate(mutant), text));
}

/** What comes out of a pipe, whatever was put in: bytes, decoded as the program decodes them. */
export function decodedBytes(): fc.Arbitrary<string> {
  return fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("utf8"));
}

type Mutation = (text: string) => string;

/** A place in a text whose length is not known yet. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

/** Characters and words that mean something to one of the formats, or that are hard to hold. */
const pieces = [
  ...Array.from("\0\t\n\r \"#%&'()*,-./:;<>?@[\\]`{|}~"),
  ...[
    "\uFEFF",
    "\u2028",
    "\u00A0",
    "\uFFFD",
    "\uD800",
    "😀",
    "\x1b[31m",
    "\r\n",
    "\n\n",
    "  ",
    "...",
    "---\n",
  ],
  ...["<<: ", "? ", "- ", "!!set ", "!x ", "&a ", "*a", "|\n", ">-\n", "%YAML 1.1\n---\n", "# ", ": ", "::"],
  ...[
    "null",
    "~",
    "true",
    "no",
    ".nan",
    "-.inf",
    "0x1F",
    "0o17",
    "1_000",
    "-0",
    "1e999",
    "2001-12-14",
    "NaN",
  ],
  ...["__proto__", "constructor", "toString", "9".repeat(25), "-1", "{}", "[]", '""', "''", "[".repeat(150)],
];

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...pieces) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 3 }) },
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, piece).map(([at, added]) => splice(at, 0, added)),
  fc.tuple(place, fc.nat(8), piece).map(([at, length, added]) => splice(at, length, added)),
  fc.tuple(place, fc.integer({ min: 1, max: 12 })).map(([at, length]) => splice(at, length, "")),
  fc.tuple(place, place).map(([from, to]) => moveLine(from, to)),
  place.map((at) => changeLine(at, (line) => [line, line])),
  place.map((at) => changeLine(at, () => [])),
  fc.tuple(place, fc.constantFrom("\t", " ", "  ", "    ")).map(([at, indent]) => indentLine(at, indent)),
  fc.tuple(place, fc.integer({ min: 1, max: 4 })).map(([at, columns]) => outdentLine(at, columns)),
  fc.tuple(place, piece).map(([at, value]) => replaceValue(at, value)),
  place.map((at) => truncate(at)),
);

const splice =
  (at: number, length: number, added: string): Mutation =>
  (text) => {
    const start = Math.floor(at * (text.length + 1));
    return text.slice(0, start) + added + text.slice(start + length);
  };

const truncate =
  (at: number): Mutation =>
  (text) =>
    text.slice(0, Math.floor(at * text.length));

function changeLine(at: number, change: (line: string) => readonly string[]): Mutation {
  return (text) => {
    const lines = text.split("\n");
    const index = Math.floor(at * lines.length);
    return lines.flatMap((line, each) => (each === index ? change(line) : [line])).join("\n");
  };
}

const indentLine = (at: number, indent: string): Mutation => changeLine(at, (line) => [indent + line]);

const outdentLine = (at: number, columns: number): Mutation =>
  changeLine(at, (line) => [line.replace(new RegExp(`^ {1,${columns}}`), "")]);

/** What follows a colon, which makes another type of it. */
const replaceValue = (at: number, value: string): Mutation =>
  changeLine(at, (line) => [line.replace(/:\s.*$/, `: ${value}`)]);

function moveLine(from: number, to: number): Mutation {
  return (text) => {
    const lines = text.split("\n");
    const [line = ""] = lines.splice(Math.floor(from * lines.length), 1);
    return lines.toSpliced(Math.floor(to * (lines.length + 1)), 0, line).join("\n");
  };
}
