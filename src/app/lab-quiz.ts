import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { changeAttempt } from "../labs/progress.ts";
import { askLine } from "../ui/ask.ts";
import { changeProgress } from "./lab-progress.ts";
import { withLabSession, type LabSession } from "./lab-session.ts";
import type { LabOptions } from "./open-lab.ts";

export type Question = LabDefinition["quiz"][number];

/** A question, and what became of it. */
export interface QuizEntry {
  readonly question: Question;
  /** The answer that was chosen, from 0; undefined: none yet. */
  readonly chosen: number | undefined;
}

export interface QuizOptions extends LabOptions {
  /** Letters in the order of the questions: `bca`; undefined: each is asked, if there is a terminal. */
  readonly answers?: string;
  /** A question as it is put, and what is said to the answer. */
  readonly formatQuestion: (question: Question, number: number) => string;
  readonly formatVerdict: (question: Question, chosen: number) => string;
}

/** Asks the questions of the lab under way and keeps the answers; without a terminal and without answers they are only told. */
export function labQuiz(context: Context, options: QuizOptions): Promise<readonly QuizEntry[]> {
  return withLabSession(context, options, async (session) => {
    const { quiz } = session.lab;
    const chosen = await choose(session, options);
    if (chosen.size > 0) await keep(session, chosen);
    return quiz.map((question) => ({
      question,
      chosen: chosen.get(question.id) ?? session.attempt.answers[question.id],
    }));
  });
}

type Chosen = ReadonlyMap<string, number>;

async function choose(session: LabSession, options: QuizOptions): Promise<Chosen> {
  const { quiz } = session.lab;
  if (options.answers !== undefined) return readLetters(quiz, options.answers);
  if (!session.context.terminal.interactive) return new Map();
  await session.context.settleOutput();
  return askAll(session.context, quiz, options);
}

const letterOf = (index: number): string => String.fromCharCode("a".charCodeAt(0) + index);
const indexOf = (letter: string): number => letter.charCodeAt(0) - "a".charCodeAt(0);

function readLetters(quiz: readonly Question[], letters: string): Chosen {
  const chosen = (letters.toLowerCase().match(/[^\s,]/g) ?? []).map(indexOf);
  const fits =
    chosen.length === quiz.length &&
    chosen.every((index, position) => index >= 0 && index < (quiz[position]?.answers.length ?? 0));
  if (fits) return new Map(quiz.map(({ id }, position) => [id, chosen[position] ?? 0]));
  const last = quiz.map(({ answers }) => letterOf(answers.length - 1)).join("");
  throw new FailureError({
    kind: "usage",
    message: `${letters} are no answers to ${quiz.length} questions`,
    remedy: `Give one letter for each question: aaa to ${last}`.replace("aaa", "a".repeat(quiz.length)),
  });
}

async function askAll(
  { terminal }: Context,
  quiz: readonly Question[],
  options: QuizOptions,
): Promise<Chosen> {
  const chosen = new Map<string, number>();
  const [input, output] = [terminal.input, terminal.errors];
  for (const [position, question] of quiz.entries()) {
    output.write(options.formatQuestion(question, position + 1));
    const answer = await askLetter({ input, output, question });
    if (answer === undefined) break;
    chosen.set(question.id, answer);
    output.write(options.formatVerdict(question, answer));
  }
  return chosen;
}

/** Undefined: the person has gone. */
async function askLetter(its: {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly question: Question;
}): Promise<number | undefined> {
  const { input, output, question } = its;
  const last = letterOf(question.answers.length - 1);
  for (;;) {
    const line = await askLine({ question: `a to ${last}:`, input, output });
    if (line === undefined) return undefined;
    const index = indexOf(line.trim().toLowerCase());
    if (line.trim().length === 1 && index >= 0 && index < question.answers.length) return index;
  }
}

async function keep({ cluster, lab }: LabSession, chosen: Chosen): Promise<void> {
  await changeProgress(cluster.directory, (progress) =>
    changeAttempt(progress, lab.id, (attempt) => ({
      ...attempt,
      answers: { ...attempt.answers, ...Object.fromEntries(chosen) },
    })),
  );
}
