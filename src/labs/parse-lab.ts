import { createHash } from "node:crypto";
import { placeFinding } from "../cluster/config.ts";
import { type Finding, type PlacedProblem, toProblems } from "../cluster/finding.ts";
import { toFinding } from "../cluster/value-finding.ts";
import type { Path } from "../cluster/values.ts";
import { parseYaml, type YamlSource } from "../cluster/yaml-source.ts";
import { fieldAt, listAt } from "../docker/json-fields.ts";
import { isObject } from "../docker/json-object.ts";
import { fail, ok, type Result } from "../failure.ts";
import type { Check } from "./check.ts";
import { checkKinds } from "./check-kinds.ts";
import type { LabDefinition, LabTask, SetupStep } from "./lab-definition.ts";
import { checkLab, labJsonSchema, type LabValues } from "./lab-schema.ts";
import { parseMutant, parseScript } from "./lab-script.ts";
import { parseLabText } from "./lab-text.ts";

/** What a lab's folder holds: `lab.yaml`, `README.md`, `solution/1.sh` …, by path. */
export type LabFolder = ReadonlyMap<string, string>;

/**
 * Reads one lab. A failure is of kind `config` and tells every problem of `lab.yaml`, each as file:line:column.
 * Whether the parts fit together is for `lintLab`.
 */
export function parseLab(its: {
  readonly directory: string;
  /** The folder's name: `01-three-machines-one-swarm`. */
  readonly name: string;
  readonly folder: LabFolder;
}): Result<LabDefinition> {
  const { directory, name, folder } = its;
  const source = parseYaml(folder.get("lab.yaml") ?? "");
  const checked = checkLab(source.data);
  const checks = readAllChecks(source.data);
  const steps = stepFindings(source.data, folder);
  const findings = [
    ...("issues" in checked ? checked.issues.map((issue) => toFinding(issue, labJsonSchema())) : []),
    ...checks.findings,
    ...steps,
  ];
  if ("issues" in checked || findings.length > 0 || source.problems.length > 0)
    return fail({ kind: "config", problems: problemsOf(`${name}/lab.yaml`, source, findings) });
  const { setup, teardown, tasks, "rebuilds-swarm": rebuildsSwarm, ...values } = checked.values;
  return ok({
    ...values,
    number: /^\d+/.exec(name)?.[0] ?? "",
    directory,
    hash: hashOf(folder),
    rebuildsSwarm,
    setup: setup.map((step) => toStep(step, folder)),
    teardown: teardown.map((step) => toStep(step, folder)),
    tasks: tasks.map((task, index) => toTask(task, index, checks.byTask[index] ?? [])),
    text: parseLabText(folder.get("README.md") ?? ""),
    ...scriptsOf(folder),
  });
}

function problemsOf(fileName: string, source: YamlSource, findings: readonly Finding[]) {
  const placed = findings.map((finding) => placeFinding(finding, source.position));
  const isTrusted = ({ position }: PlacedProblem): boolean =>
    source.brokenFrom === undefined || (position !== undefined && position.line < source.brokenFrom.line);
  return toProblems(fileName, [...source.problems, ...placed.filter(isTrusted)]);
}

/** Each check is read by its own kind, so that what is wrong is told in the words of that kind. */
function readAllChecks(data: unknown): {
  readonly byTask: readonly (readonly Check[])[];
  readonly findings: readonly Finding[];
} {
  const read = listAt(data, "tasks").map((task, taskIndex) =>
    listAt(task, "checks").map((check, index) => readCheck(check, ["tasks", taskIndex, "checks", index])),
  );
  return {
    byTask: read.map((checks) => checks.flatMap((check) => ("values" in check ? check.values : []))),
    findings: read.flat().flatMap((check) => ("findings" in check ? check.findings : [])),
  };
}

function readCheck(
  data: unknown,
  path: Path,
): { readonly values: Check } | { readonly findings: readonly Finding[] } {
  // Told by the lab's own schema.
  if (!isObject(data)) return { findings: [] };
  const kindName = fieldAt(data, "kind");
  const kind = typeof kindName === "string" ? checkKinds.get(kindName) : undefined;
  if (kind === undefined) return { findings: [unknownKind(kindName, path)] };
  const read = kind.read(data);
  if ("values" in read) return read;
  const findings = read.issues.map((issue) => toFinding(issue, kind.jsonSchema()));
  return { findings: findings.map((finding) => ({ ...finding, path: [...path, ...finding.path] })) };
}

function unknownKind(kind: unknown, path: Path): Finding {
  const known = [...checkKinds.keys()].join(", ");
  return {
    severity: "error",
    path: kind === undefined ? path : [...path, "kind"],
    at: "value",
    what: kind === undefined ? "a check has no kind" : `there is no kind of check ${JSON.stringify(kind)}`,
    remedy: `The kinds are ${known}.`,
  };
}

function stepFindings(data: unknown, folder: LabFolder): readonly Finding[] {
  return ["setup", "teardown"].flatMap((list) =>
    listAt(data, list).flatMap((step, index): readonly Finding[] => {
      const [script, run] = [fieldAt(step, "script"), fieldAt(step, "run")];
      const wrong = (what: string, remedy: string): readonly Finding[] => [
        { severity: "error", path: [list, index], at: "value", what, remedy },
      ];
      if ((script === undefined) === (run === undefined))
        return wrong("a step runs either a command or a script", "Give it run or script, and not both.");
      if (typeof script === "string" && !folder.has(script))
        return wrong(`there is no file ${script} in this folder`, "Write it, or correct the path.");
      return [];
    }),
  );
}

function toStep({ on, run, script }: LabValues["setup"][number], folder: LabFolder): SetupStep {
  if (script !== undefined) return { on, script: folder.get(script) ?? "" };
  return { on, run: run ?? [] };
}

function toTask(task: LabValues["tasks"][number], index: number, checks: readonly Check[]): LabTask {
  const { id, title, why, hints } = task;
  return { number: index + 1, id, title, why, hints, checks };
}

function scriptsOf(folder: LabFolder): Pick<LabDefinition, "files" | "solutions" | "mutants"> {
  const inside = (prefix: string): readonly (readonly [string, string])[] =>
    [...folder].filter(([path]) => path.startsWith(prefix));
  return {
    files: new Map(inside("files/").map(([path, text]) => [path.slice("files/".length), text])),
    solutions: new Map(
      inside("solution/").map(([path, text]) => [
        Number(/(\d+)\.sh$/.exec(path)?.[1]),
        parseScript(path, text),
      ]),
    ),
    mutants: inside("mutants/").map(([path, text]) => parseMutant(path, text)),
  };
}

function hashOf(folder: LabFolder): string {
  const hash = createHash("sha256");
  for (const [path, text] of [...folder].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${text}\0`);
  }
  return hash.digest("hex").slice(0, 16);
}
