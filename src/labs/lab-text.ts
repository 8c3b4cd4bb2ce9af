/** The text of a lab, cut at its headings. */
export interface LabText {
  /** What stands between the title and the first `##`. */
  readonly intro: string;
  readonly sections: readonly TextSection[];
}

export interface TextSection {
  readonly heading: string;
  /** Counted from 1, in the file. */
  readonly line: number;
  /** Markdown without the heading. */
  readonly body: string;
  readonly commands: readonly TextCommands[];
}

/** A block of commands to be run as they are. */
export interface TextCommands {
  /** A machine, or `host`: the learner's computer. */
  readonly on: string;
  readonly script: string;
  /** It shows an error on purpose. */
  readonly fails: boolean;
  /** Of its first line, in the file. */
  readonly line: number;
}

/** Where a block of commands runs that names no machine. */
const defaultMachine = "manager";

/** Reads `README.md`: a `#` title, an introduction, and sections under `##`. */
export function parseLabText(markdown: string): LabText {
  const cut = cutAtHeadings(markdown.split("\n"));
  const [intro, ...sections] = cut;
  return {
    intro: trimBlock((intro?.lines ?? []).filter((line) => !line.startsWith("# "))),
    sections: sections.map(({ heading, line, lines }) => ({
      heading,
      line,
      body: trimBlock(lines),
      commands: commandsIn(lines, line),
    })),
  };
}

interface Cut {
  readonly heading: string;
  readonly line: number;
  readonly lines: readonly string[];
}

/** A `##` inside a code block is no heading. */
function cutAtHeadings(lines: readonly string[]): readonly Cut[] {
  const cuts: { heading: string; line: number; lines: string[] }[] = [{ heading: "", line: 0, lines: [] }];
  let isCode = false;
  for (const [index, line] of lines.entries()) {
    if (/^```/.test(line)) isCode = !isCode;
    const heading = isCode ? undefined : /^## +(.*?) *$/.exec(line)?.[1];
    if (heading !== undefined) cuts.push({ heading, line: index + 1, lines: [] });
    else cuts.at(-1)?.lines.push(line);
  }
  return cuts;
}

/** Blocks marked ```sh, ```sh node1, ```sh host, ```sh node1 fails. */
function commandsIn(lines: readonly string[], headingLine: number): readonly TextCommands[] {
  const blocks: { on: string; fails: boolean; line: number; lines: string[] }[] = [];
  let open: "commands" | "other" | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = /^```(.*)$/.exec(line)?.[1];
    if (fence === undefined) {
      if (open === "commands") blocks.at(-1)?.lines.push(line);
    } else if (open !== undefined) open = undefined;
    else {
      const [language, ...words] = fence.trim().split(/\s+/);
      open = language === "sh" ? "commands" : "other";
      const fails = words.includes("fails");
      const on = words.find((word) => word !== "fails") ?? defaultMachine;
      if (language === "sh") blocks.push({ on, fails, line: headingLine + index + 2, lines: [] });
    }
  }
  return blocks.map(({ lines: script, ...block }) => ({ ...block, script: `${script.join("\n")}\n` }));
}

const trimBlock = (lines: readonly string[]): string => lines.join("\n").replace(/^\n+|\s+$/g, "");
