import type { Problem } from "../failure.ts";
import { headingOf, type LabDefinition, type LabTask } from "./lab-definition.ts";
import { variablesIn } from "./variables.ts";

/** What does not fit together in a lab: text against checks, checks against solutions, mutants, answers. `where` begins with the folder. */
export function lintLab(lab: LabDefinition): readonly Problem[] {
  const folder = lab.directory.split("/").at(-1) ?? "";
  const found = [
    ...nameFindings(lab, folder),
    ...idFindings(lab),
    ...orderFindings(lab),
    ...lab.tasks.flatMap((task) => [
      ...sectionFindings(lab, task),
      ...solutionFindings(lab, task),
      ...textFindings(lab, task),
    ]),
    ...imageFindings(lab),
    ...variableFindings(lab),
    ...machineFindings(lab),
    ...mutantFindings(lab),
    ...lab.quiz.flatMap(questionFindings),
  ];
  return found.map(({ file, what, remedy }) => ({
    severity: "error",
    where: `${folder}/${file}`,
    what,
    remedy,
  }));
}

interface LintFinding {
  readonly file: string;
  readonly what: string;
  readonly remedy: string;
}

const yaml = (what: string, remedy: string): LintFinding => ({ file: "lab.yaml", what, remedy });
const readme = (what: string, remedy: string): LintFinding => ({ file: "README.md", what, remedy });

/** How many mutants a lab has at least. */
const leastMutants = 2;

function nameFindings({ id, number }: LabDefinition, folder: string): readonly LintFinding[] {
  if (folder === `${number}-${id}` && number.length === 2) return [];
  return [
    yaml(
      `the id is ${id} and the folder is ${folder}`,
      `Name the folder by a number of two digits and the id: 01-${id}.`,
    ),
  ];
}

function idFindings({ tasks, quiz }: LabDefinition): readonly LintFinding[] {
  const ids = [
    ...tasks.map(({ id }) => id),
    ...tasks.flatMap(({ checks }) => checks.map(({ id }) => id)),
    ...quiz.map(({ id }) => id),
  ];
  const twice = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
  return twice.map((id) =>
    yaml(`the id ${id} is there twice`, "Give each task, check and question an id of its own."),
  );
}

function orderFindings({ tasks }: LabDefinition): readonly LintFinding[] {
  const checks = tasks.flatMap((task) => task.checks);
  return checks.flatMap((check, index) =>
    check.after
      .filter((id) => !checks.slice(0, index).some((earlier) => earlier.id === id))
      .map((id) =>
        yaml(
          `the check ${check.id} comes after ${id}, and no check before it has that id`,
          "Name an earlier check.",
        ),
      ),
  );
}

function sectionFindings({ text }: LabDefinition, task: LabTask): readonly LintFinding[] {
  const heading = headingOf(task);
  if (text.sections[task.number - 1]?.heading === heading) return [];
  return [
    readme(`section ${task.number} is not the one of task ${task.id}`, `Its heading must be: ## ${heading}`),
  ];
}

function solutionFindings({ solutions, text }: LabDefinition, task: LabTask): readonly LintFinding[] {
  if (isQuiz(task)) return [];
  const commands = text.sections[task.number - 1]?.commands ?? [];
  return [
    ...(solutions.has(task.number)
      ? []
      : [
          {
            file: `solution/${task.number}.sh`,
            what: `task ${task.id} has no solution`,
            remedy: "Write it.",
          },
        ]),
    ...(commands.length > 0
      ? []
      : [
          readme(
            `the section of task ${task.id} has no commands`,
            "Show them in a block that begins with ```sh MACHINE.",
          ),
        ]),
  ];
}

/** Only the quiz tells whether it is done. */
export function isQuiz({ checks }: LabTask): boolean {
  return checks.every(({ kind }) => kind === "quiz");
}

/** A learner cannot know a name that no text up to there has said. */
function textFindings({ text, files }: LabDefinition, task: LabTask): readonly LintFinding[] {
  const said = [
    text.intro,
    ...text.sections.slice(0, task.number).map(({ heading, body }) => `${heading}\n${body}`),
    ...files.values(),
  ].join("\n");
  return task.checks.flatMap((check) =>
    check.names
      .filter((name) => !said.includes(name))
      .map((name) =>
        readme(
          `the check ${check.id} is about ${name}, which the text does not mention`,
          `Name it in the section of task ${task.id} or before.`,
        ),
      ),
  );
}

function imageFindings({ images, text, files }: LabDefinition): readonly LintFinding[] {
  const all = [...text.sections.map(({ body }) => body), ...files.values()].join("\n");
  const used = [...new Set([...all.matchAll(/\blocalhost\/([a-z]+:\w+)/g)].map(([, name = ""]) => name))];
  return used
    .filter((name) => !images.includes(name))
    .map((name) =>
      yaml(`the text uses the image localhost/${name}, which is not in images`, `Add ${name} to images.`),
    );
}

function variableFindings(lab: LabDefinition): readonly LintFinding[] {
  const { managers, workers } = lab.needs;
  const machines = [...machineNames("manager", managers), ...machineNames("node", workers)];
  // `end` and `else` belong to Docker's own templates.
  const known = ["nonce", "subnet", ...machines.map((name) => `${name}.address`), "end", "else"];
  const texts = [
    ["README.md", [lab.text.intro, ...lab.text.sections.map(({ body }) => body)].join("\n")],
    [
      "lab.yaml",
      JSON.stringify([
        lab.tasks.map(({ checks, hints, why }) => [checks.map(({ values }) => values), hints, why]),
        lab.setup,
      ]),
    ],
    ...[...lab.files].map(([path, text]) => [`files/${path}`, text] as const),
    ...[...lab.solutions.values(), ...lab.mutants].map(({ file, text }) => [file, text] as const),
  ] as const;
  return texts.flatMap(([file, text]) =>
    [...new Set(variablesIn(text))]
      .filter((name) => !known.includes(name))
      .map((name) => ({
        file,
        what: `there is no variable {{${name}}}`,
        remedy: `The variables are ${known
          .slice(0, -2)
          .map((each) => `{{${each}}}`)
          .join(", ")}.`,
      })),
  );
}

function machineNames(base: "manager" | "node", count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    base === "manager" && index === 0 ? base : `${base}${index + 1}`,
  );
}

function machineFindings(lab: LabDefinition): readonly LintFinding[] {
  const known = [...machineNames("manager", lab.needs.managers), ...machineNames("node", lab.needs.workers)];
  const remedy = `The machines are ${known.join(", ")} (needs in lab.yaml) and host.`;
  const scripts = [...lab.solutions.values(), ...lab.mutants].filter(
    ({ on }) => ![...known, "host"].includes(on),
  );
  const blocks = lab.text.sections
    .flatMap(({ commands }) => commands)
    .filter(({ on }) => ![...known, "host"].includes(on));
  const checks = lab.tasks
    .flatMap((task) => task.checks)
    .flatMap((check) =>
      check.machines.filter((name) => !known.includes(name)).map((name) => ({ check, name })),
    );
  return [
    ...scripts.map(({ file, on }) => ({
      file,
      what: `it runs on ${on}, which the lab does not need`,
      remedy,
    })),
    ...blocks.map(({ on, line }) => ({
      file: `README.md:${line}`,
      what: `commands for ${on}, which the lab does not need`,
      remedy,
    })),
    ...checks.map(({ check, name }) =>
      yaml(`the check ${check.id} looks at ${name}, which the lab does not need`, remedy),
    ),
  ];
}

function mutantFindings({ mutants, tasks }: LabDefinition): readonly LintFinding[] {
  const count =
    mutants.length >= leastMutants
      ? []
      : [
          {
            file: "mutants",
            what: `there are ${mutants.length} mutants`,
            remedy: `Write ${leastMutants} plausible wrong answers or more.`,
          },
        ];
  // A wrong answer to a task may undo an earlier one.
  const known = new Map(
    tasks.map(({ number }) => [
      number,
      tasks.slice(0, number).flatMap(({ checks }) => checks.map(({ id }) => id)),
    ]),
  );
  const each = mutants.flatMap(({ file, task, fails, title }) => [
    ...(title === ""
      ? [{ file, what: "it does not say what is wrong with it", remedy: "Say it in the first comment." }]
      : []),
    ...(known.has(task)
      ? []
      : [{ file, what: "it takes the place of no task's solution", remedy: "Say `# task: 1`." }]),
    ...(fails.length > 0
      ? []
      : [{ file, what: "it names no check that must fail", remedy: "Say `# fails: ID`." }]),
    ...fails
      .filter((id) => known.has(task) && !known.get(task)?.includes(id))
      .map((id) => ({
        file,
        what: `neither task ${task} nor one before it has a check ${id}`,
        remedy: `Their checks are ${known.get(task)?.join(", ") ?? ""}.`,
      })),
  ]);
  return [...count, ...each];
}

function questionFindings({ id, answers }: LabDefinition["quiz"][number]): readonly LintFinding[] {
  const right = answers.filter(({ correct }) => correct).length;
  const texts = new Set(answers.map(({ text }) => text));
  return [
    ...(right === 1
      ? []
      : [yaml(`the question ${id} has ${right} right answers`, "Mark exactly one with `correct: true`.")]),
    ...(texts.size === answers.length ? [] : [yaml(`the question ${id} has an answer twice`, "Remove one.")]),
  ];
}
