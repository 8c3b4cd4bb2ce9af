import { fail, ok, type Result } from "../failure.ts";
import { type Config, placeFinding } from "./config.ts";
import { type Finding, type PlacedProblem, type Position, toProblems } from "./finding.ts";
import { checkRules } from "./rules.ts";
import { checkValues, configJsonSchema } from "./schema.ts";
import type { Path, ValueIssue } from "./values.ts";
import { toFinding } from "./value-finding.ts";
import { parseYaml, type YamlSource } from "./yaml-source.ts";

/**
 * Reads the text of `swarmlab.yaml`; an empty text is the default cluster. A failure is of kind `config` and tells every problem at once,
 * those across several keys included as far as these keys can be read.
 */
export function parseConfig(text: string, fileName: string): Result<Config> {
  const source = parseYaml(text);
  const checked = checkValues(source.data);
  if ("values" in checked && source.problems.length === 0)
    return ok({ values: checked.values, fileName, position: source.position });
  const findings = findAll(source, "issues" in checked ? checked.issues : []);
  const placed = findings.map((finding) => placeFinding(finding, source.position));
  const problems = [...source.problems, ...placed.filter((each) => isTrusted(each, source.brokenFrom))];
  return fail({ kind: "config", problems: toProblems(fileName, problems) });
}

function findAll(source: YamlSource, issues: readonly ValueIssue[]): readonly Finding[] {
  const found = issues.map((issue) => toFinding(issue, configJsonSchema()));
  const checked = checkValues(issues.reduce<unknown>((data, { path }) => without(data, path), source.data));
  if ("issues" in checked) return found;
  const unreadable = issues.filter(({ kind }) => kind === "value").map(({ path }) => path);
  return [...found, ...checkRules({ values: checked.values, written: checked.values, unreadable })];
}

/** The data without the key at the end of the path; a list goes as a whole. */
function without(data: unknown, [key, ...rest]: Path): unknown {
  if (typeof data !== "object" || data === null || key === undefined) return data;
  const isLast = rest.length === 0 || typeof rest[0] === "number";
  return Object.fromEntries(
    Object.entries(data).flatMap(([name, value]: [string, unknown]) => {
      if (name !== key) return [[name, value]];
      return isLast ? [] : [[name, without(value, rest)]];
    }),
  );
}

/** After a syntax error the data are a guess, and so is whatever is wrong with them. */
function isTrusted({ position }: PlacedProblem, brokenFrom: Position | undefined): boolean {
  if (!brokenFrom || !position) return !brokenFrom;
  return position.line < brokenFrom.line;
}
