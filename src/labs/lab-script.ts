/** A script for bash, and where it runs. */
export interface LabScript {
  /** How problems name it: `solution/1.sh`. */
  readonly file: string;
  /** A machine, or `host`. */
  readonly on: string;
  readonly text: string;
}

/** A plausible wrong answer: it takes the place of the solution of one task, and the checks named must then fail. */
export interface Mutant extends LabScript {
  /** What is wrong with it: the first comment. */
  readonly title: string;
  /** Counted from 1. */
  readonly task: number;
  readonly fails: readonly string[];
  /** Answers given in the quiz in place of a script, as letters in the order of the questions; undefined: the script runs. */
  readonly answers?: string;
}

/** Reads the header of a script: comments such as `# on: node1`, which may be left out for the manager. */
export function parseScript(file: string, text: string): LabScript {
  return { file, text, on: headerOf(text, "on") ?? "manager" };
}

/** Reads the header of a mutant: a title, `# task: 2`, `# fails: check-id, other-id`, `# on: node1`. */
export function parseMutant(file: string, text: string): Mutant {
  const answers = headerOf(text, "answers");
  return {
    ...parseScript(file, text),
    title: /^#\s*([^!:]+)$/m.exec(text)?.[1]?.trim() ?? "",
    task: Number(headerOf(text, "task") ?? Number.NaN),
    fails: (headerOf(text, "fails") ?? "").split(",").flatMap((name) => name.trim() || []),
    ...(answers !== undefined && { answers }),
  };
}

function headerOf(text: string, key: string): string | undefined {
  const header = text.split("\n").filter((line) => line.startsWith("#"));
  return header.flatMap((line) => new RegExp(`^#\\s*${key}:\\s*(.+?)\\s*$`).exec(line)?.[1] ?? [])[0];
}
