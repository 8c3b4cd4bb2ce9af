import type { ShownLab } from "../app/lab-show.ts";
import type { Question, QuizEntry } from "../app/lab-quiz.ts";
import type { LabSolution } from "../app/lab-solve.ts";
import type { TextOptions } from "./failure-text.ts";
import { formatLabReport } from "./lab-text.ts";
import { formatMarkdown } from "./markdown.ts";
import { createPaint } from "./paint.ts";
import { wrap } from "./wrap.ts";

/** The whole text of a lab. Ends with a line break. */
export function formatLab(lab: ShownLab, options: TextOptions): string {
  const sections = lab.text.sections.map(({ heading, body }) => `## ${heading}\n\n${body}`);
  return formatMarkdown([headOf(lab), lab.text.intro, ...sections].join("\n\n"), options);
}

/** The beginning of a lab: its introduction and its first task. Ends with a line break. */
export function formatLabStart(lab: ShownLab, options: TextOptions): string {
  const [first] = lab.text.sections;
  const section = first === undefined ? "" : `## ${first.heading}\n\n${first.body}`;
  const text = formatMarkdown([headOf(lab), lab.text.intro, section].join("\n\n"), options);
  return `${text}\nThen: swarmlab lab check     The whole text: swarmlab lab show\n`;
}

const headOf = ({ number, title, minutes }: ShownLab): string =>
  `# Lab ${number}: ${title} (${minutes} minutes)`;

const letterOf = (index: number): string => String.fromCharCode("a".charCodeAt(0) + index);

/** A question with its answers. Ends with a line break. */
export function formatQuestion(
  { question, answers }: Question,
  number: number,
  options: TextOptions,
): string {
  const paint = createPaint(options.color);
  const width = options.columns === Infinity ? Infinity : Math.min(options.columns, 100);
  const lines = answers.flatMap(({ text }, index) =>
    wrap(text, width - 5).map((line, at) => `  ${at === 0 ? `${letterOf(index)})` : "  "} ${line}`),
  );
  return `\n${[...wrap(`${number}. ${question}`, width).map((line) => paint("bold", line)), ...lines].join("\n")}\n`;
}

/** Whether the answer is right, and why. Ends with a line break. */
export function formatVerdict({ answers }: Question, chosen: number, options: TextOptions): string {
  const paint = createPaint(options.color);
  const width = options.columns === Infinity ? Infinity : Math.min(options.columns, 100);
  const answer = answers[chosen];
  const verdict = answer?.correct === true ? paint("green", "Right.") : paint("red", "No.");
  return `${wrap(answer?.because ?? "", width - 8)
    .map((line, index) => (index === 0 ? `  ${verdict} ${line}` : `  ${line}`))
    .join("\n")}\n`;
}

/** What `lab quiz` ends with: how many are right; without answers, the questions. Ends with a line break. */
export function formatQuiz(entries: readonly QuizEntry[], options: TextOptions): string {
  if (entries.length === 0) return "This lab has no questions.\n";
  const answered = entries.filter(({ chosen }) => chosen !== undefined);
  if (answered.length === 0) {
    const questions = entries.map(({ question }, index) => formatQuestion(question, index + 1, options));
    return `${questions.join("")}\nAnswer with one letter for each: swarmlab lab quiz --answers LETTERS\n`;
  }
  const right = answered.filter(({ question, chosen }) => question.answers[chosen ?? -1]?.correct === true);
  return `\n${right.length} of ${entries.length} right. Next: ${right.length === entries.length ? "swarmlab lab check" : "swarmlab lab quiz"}\n`;
}

/** What `lab solve` prints: the scripts that ran, and the checks. Ends with a line break. */
export function formatSolution({ solved, report }: LabSolution, options: TextOptions): string {
  const scripts = solved.map(
    ({ task, on, script }) =>
      `## ${task.number}. ${task.title}\n\n\`\`\`sh ${on}\n${withoutHeader(script)}\n\`\`\``,
  );
  const said = scripts.length === 0 ? "" : `${formatMarkdown(scripts.join("\n\n"), options)}\n`;
  return `${said}${formatLabReport(report, options)}`;
}

const withoutHeader = (script: string): string => script.replace(/^(#.*\n)+/, "").trim();
