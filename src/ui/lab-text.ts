import type { ListedLab } from "../app/lab-list.ts";
import type { LabReport } from "../app/lab-report.ts";
import type { LabHint } from "../app/lab-hint.ts";
import type { LabList } from "../app/lab-list.ts";
import type { LabStatus } from "../app/lab-status.ts";
import type { LabVerification } from "../app/lab-verify.ts";
import { formatProblems, type TextOptions } from "./failure-text.ts";
import { createPaint, type Style } from "./paint.ts";
import { formatTable } from "./table.ts";
import { wrap } from "./wrap.ts";

/** What `lab list` prints. Ends with a line break. */
export function formatLabList({ labs, next }: LabList, options: TextOptions): string {
  const rows = labs.map(({ id, number, title, minutes, level, state, cannotRun }) => [
    number,
    title,
    `${minutes} min`,
    level,
    cannotRun.length > 0 ? "not here" : noteOf(state, id === next),
  ]);
  const table = formatTable({
    head: ["LAB", "TITLE", "TIME", "LEVEL", "STATE"],
    rows,
    columns: options.columns,
  });
  const reasons = labs
    .filter(({ cannotRun }) => cannotRun.length > 0)
    .flatMap(({ number, cannotRun }) =>
      wrap(`${number} cannot run here: it ${cannotRun.join("; it ")}.`, options.columns),
    );
  const shown = reasons.length === 0 ? table : `${table}\n${reasons.join("\n")}\n`;
  const number = labs.find(({ id }) => id === next)?.number;
  const isUnderWay = labs.some(({ id, state }) => id === next && state === "under way");
  if (number === undefined) return shown;
  return `${shown}\nNext: ${isUnderWay ? "swarmlab lab show" : `swarmlab lab start ${number}`}\n`;
}

function noteOf(state: ListedLab["state"], isNext: boolean): string {
  if (state === "open") return isNext ? "next" : "";
  return state === "changed" ? "done, and changed since" : state;
}

/** What `lab check` prints: every task, and of those that are not done what is still missing. Ends with a line break. */
export function formatLabReport({ lab, tasks, done }: LabReport, options: TextOptions): string {
  const paint = createPaint(options.color);
  const width = options.columns === Infinity ? Infinity : Math.min(options.columns, 100);
  const lines = tasks.flatMap((task) => [
    paint("bold", `${task.number}. ${task.title}`),
    ...task.checks.flatMap((check) => checkLines(check, { paint, width })),
    ...(task.done ? wrap(task.why, width - 7).map((line) => `       ${line}`) : []),
    "",
  ]);
  const open = tasks.find((task) => !task.done);
  const last = done
    ? `Lab ${lab.number} is done. Next: swarmlab lab list`
    : `Task ${open?.number ?? 1} of ${tasks.length} is next. Stuck? swarmlab lab hint`;
  return `${[...lines, last].join("\n")}\n`;
}

type Check = LabReport["tasks"][number]["checks"][number];

const marks: Readonly<Record<Check["status"], { readonly word: string; readonly style: Style }>> = {
  pass: { word: "PASS", style: "green" },
  fail: { word: "FAIL", style: "red" },
  wait: { word: "WAIT", style: "yellow" },
  blocked: { word: "BLOCKED", style: "yellow" },
  skip: { word: "SKIP", style: "dim" },
};

function checkLines(
  check: Check,
  { paint, width }: { readonly paint: ReturnType<typeof createPaint>; readonly width: number },
): readonly string[] {
  const { word, style } = marks[check.status];
  const field = (name: string, text: string | undefined): readonly string[] =>
    text === undefined
      ? []
      : wrap(text, width - 18).map(
          (line, index) => `       ${paint("dim", (index === 0 ? name : "").padEnd(8))}  ${line}`,
        );
  const seen = check.seenBefore === true ? " (seen before)" : "";
  return [
    `  ${paint(style, word.padEnd(4))} ${check.title}${seen}`,
    ...field("expected", check.expected),
    ...field("actual", check.actual),
    ...field("look", check.where),
    ...field("why", check.why),
  ];
}

/** What `lab hint` prints. Ends with a line break. */
export function formatHint({ task, tier, hints }: LabHint, options: TextOptions): string {
  const paint = createPaint(options.color);
  const width = options.columns === Infinity ? Infinity : Math.min(options.columns, 100);
  const more = [
    "the idea behind it: swarmlab lab hint",
    "the exact command: swarmlab lab hint",
    "have it done: swarmlab lab solve",
  ];
  const body = hints.flatMap((hint) =>
    tier === 3 ? hint.split("\n").map((line) => `    ${line}`) : wrap(hint, width),
  );
  return [
    paint("bold", `${task.number}. ${task.title}`),
    "",
    ...body,
    "",
    paint("dim", `Still stuck? ${more[tier - 1] ?? ""}`),
    "",
  ].join("\n");
}

/** What `lab status` prints. Ends with a line break. */
export function formatLabStatus({ done, total, labs, unknown }: LabStatus, options: TextOptions): string {
  const rows = labs
    .filter(({ state, startedAt }) => state !== "open" || startedAt !== null)
    .map(({ number, title, state, doneAt, hints, solved }) => [
      number,
      title,
      state === "changed" ? "done, and changed since" : state,
      doneAt?.slice(0, 10) ?? "-",
      String(hints),
      String(solved),
    ]);
  const head = ["LAB", "TITLE", "STATE", "DONE", "HINTS", "SOLVED FOR YOU"];
  const table = rows.length === 0 ? "" : `\n${formatTable({ head, rows, columns: options.columns })}`;
  const rest =
    unknown.length === 0 ? "" : `\nKept, though there is no such lab any more: ${unknown.join(", ")}\n`;
  return `${done} of ${total} labs done.\n${table}${rest}`;
}

/** What `lab verify` prints. Ends with a line break. */
export function formatVerification({ labs, problems }: LabVerification, options: TextOptions): string {
  const head = ["LAB", "ID", "TASKS", "CHECKS", "MUTANTS", "COMMANDS", "QUESTIONS"];
  const rows = labs.map(({ number, id, tasks, checks, mutants, commands, questions }) => [
    number,
    id,
    ...[tasks, checks, mutants, commands, questions].map(String),
  ]);
  const table = formatTable({ head, rows, columns: options.columns });
  return problems.length === 0 ? table : `${table}\n${formatProblems(problems, options)}`;
}
