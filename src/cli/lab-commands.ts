import type { TextOptions } from "../ui/failure-text.ts";
import type { StartedLab } from "../app/lab-start.ts";
import type { CommandOutcome, CommandSpec, OptionSpec } from "./command.ts";
import { labOptionsOf, numberOf } from "./options.ts";

const checksFailed = 4;

const task: OptionSpec = {
  flags: "--task <n>",
  summary: "the number of a task (default: the first that is not done)",
  atLeast: 1,
};

/** Exercises that check themselves. */
export function labCommands(shared: {
  readonly provider: OptionSpec;
  readonly yes: OptionSpec;
}): readonly CommandSpec[] {
  const { provider, yes } = shared;
  return [
    {
      name: "lab list",
      summary: "all labs: done, next, and what this cluster cannot run",
      options: [provider],
      run: async (context, input) => {
        const { labList } = await import("../app/lab-list.ts");
        const { formatLabList } = await import("../ui/lab-text.ts");
        const list = await labList(context, labOptionsOf(input));
        return { text: (options) => formatLabList(list, options), json: list };
      },
    },
    {
      name: "lab start",
      arguments: ["<id>"],
      summary: "prepare the cluster for a lab and show its first task",
      options: [provider, yes],
      run: async (context, input) => {
        const { labStart } = await import("../app/lab-start.ts");
        const id = String(input.arguments["id"]);
        const started = await labStart(context, {
          ...labOptionsOf(input),
          id,
          yes: input.options["yes"] === true,
        });
        return beginning(started);
      },
    },
    {
      name: "lab show",
      arguments: ["[id]"],
      summary: "the text of a lab, or of the one under way",
      options: [provider],
      run: async (context, input) => {
        const { labShow } = await import("../app/lab-show.ts");
        const { formatLab } = await import("../ui/lab-page.ts");
        const shown = await labShow(context, { ...labOptionsOf(input), ...idOf(input.arguments["id"]) });
        const { id, number, title, text, tasks } = shown;
        return {
          text: (options) => formatLab(shown, options),
          json: {
            schemaVersion: 1,
            lab: { id, number, title },
            intro: text.intro,
            sections: text.sections.map(({ heading, body, commands }) => ({ heading, body, commands })),
            tasks: tasks.map((each) => ({ id: each.id, number: each.number, title: each.title })),
          },
        };
      },
    },
    {
      name: "lab check",
      summary: "look at what is done and what is still missing, and why",
      options: [provider, { flags: "--watch", summary: "look again and again until all is done" }],
      run: async (context, input) => {
        const { labCheck } = await import("../app/lab-check.ts");
        const { formatLabReport } = await import("../ui/lab-text.ts");
        const watch = input.options["watch"] === true;
        const { terminal } = context;
        const live: TextOptions = { color: false, columns: terminal.size().columns };
        const report = await labCheck(context, {
          ...labOptionsOf(input),
          watch,
          ...(input.options["json"] === true
            ? {}
            : { onReport: (seen) => void terminal.output.write(`${formatLabReport(seen, live)}\n`) }),
        });
        return {
          ...(watch ? {} : { text: (options: TextOptions) => formatLabReport(report, options) }),
          json: report,
          exitCode: report.done ? 0 : checksFailed,
        };
      },
    },
    {
      name: "lab hint",
      summary: "a hint: first what is seen, then the idea, then the command",
      options: [provider, task],
      run: async (context, input) => {
        const { labHint } = await import("../app/lab-hint.ts");
        const { formatHint } = await import("../ui/lab-text.ts");
        const hint = await labHint(context, { ...labOptionsOf(input), task: numberOf(input, "task") });
        return { text: (options) => formatHint(hint, options), json: hint };
      },
    },
    {
      name: "lab solve",
      summary: "run the solution of a task, and of those before it that are not done",
      options: [provider, task],
      run: async (context, input) => {
        const { labSolve } = await import("../app/lab-solve.ts");
        const { formatSolution } = await import("../ui/lab-page.ts");
        const solution = await labSolve(context, { ...labOptionsOf(input), task: numberOf(input, "task") });
        const { solved, report } = solution;
        return {
          text: (options) => formatSolution(solution, options),
          json: {
            ...report,
            solved: solved.map(({ task: { id, number }, on, script }) => ({ id, number, on, script })),
          },
        };
      },
    },
    {
      name: "lab reset",
      summary: "back to the start of the lab under way",
      options: [provider, yes],
      run: async (context, input) => {
        const { labReset } = await import("../app/lab-start.ts");
        return beginning(
          await labReset(context, { ...labOptionsOf(input), yes: input.options["yes"] === true }),
        );
      },
    },
    {
      name: "lab status",
      summary: "your progress over all labs",
      options: [],
      run: async (context, input) => {
        const { labStatus } = await import("../app/lab-status.ts");
        const { formatLabStatus } = await import("../ui/lab-text.ts");
        const status = await labStatus(context, labOptionsOf(input));
        return { text: (options) => formatLabStatus(status, options), json: status };
      },
    },
    {
      name: "lab quiz",
      summary: "the questions of the lab under way",
      options: [
        provider,
        { flags: "--answers <letters>", summary: "one letter for each question, in place of being asked" },
      ],
      run: async (context, input) => {
        const { labQuiz } = await import("../app/lab-quiz.ts");
        const { formatQuestion, formatQuiz, formatVerdict } = await import("../ui/lab-page.ts");
        const live: TextOptions = { color: false, columns: context.terminal.size().columns };
        const { answers } = input.options;
        const entries = await labQuiz(context, {
          ...labOptionsOf(input),
          ...(typeof answers === "string" ? { answers } : {}),
          formatQuestion: (question, number) => formatQuestion(question, number, live),
          formatVerdict: (question, chosen) => formatVerdict(question, chosen, live),
        });
        const questions = entries.map(({ question, chosen }) => {
          const answer = chosen === undefined ? undefined : question.answers[chosen];
          return {
            id: question.id,
            question: question.question,
            answers: question.answers.map(({ text }) => text),
            chosen: chosen ?? null,
            right: answer?.correct ?? null,
            because: answer?.because ?? null,
          };
        });
        return { text: (options) => formatQuiz(entries, options), json: { schemaVersion: 1, questions } };
      },
    },
    {
      name: "lab verify",
      arguments: ["[id]"],
      summary: "for authors: whether the parts of a lab fit together",
      options: [],
      run: async (context, input) => {
        const { labVerify } = await import("../app/lab-verify.ts");
        const { formatVerification } = await import("../ui/lab-text.ts");
        const verification = await labVerify(context, idOf(input.arguments["id"]));
        return {
          text: (options) => formatVerification(verification, options),
          json: verification,
          exitCode: verification.problems.length === 0 ? 0 : checksFailed,
        };
      },
    },
  ];
}

function idOf(value: string | readonly string[] | undefined): { readonly id?: string } {
  return typeof value === "string" ? { id: value } : {};
}

async function beginning({ lab, nonce }: StartedLab): Promise<CommandOutcome> {
  const { formatLabStart } = await import("../ui/lab-page.ts");
  const { id, number, title, tasks } = lab;
  return {
    text: (options: TextOptions) => formatLabStart(lab, options),
    json: {
      schemaVersion: 1,
      lab: { id, number, title },
      nonce,
      tasks: tasks.map((each) => ({ id: each.id, number: each.number, title: each.title })),
    },
  };
}
