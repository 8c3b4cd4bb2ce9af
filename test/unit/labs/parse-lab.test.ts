import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { unwrap, type Problem } from "../../../src/failure.ts";
import { lintLab } from "../../../src/labs/lint-lab.ts";
import { loadLabs } from "../../../src/labs/load-labs.ts";
import { parseLab, type LabFolder } from "../../../src/labs/parse-lab.ts";

const yaml = `id: first
title: First
summary: One.
minutes: 10
level: beginner
tasks:
  - id: serve
    title: Serve
    why: Because.
    hints: { concept: Think., command: docker service create }
    checks:
      - { kind: service, id: there, title: It is there, name: web, env: ["A={{nonce}}"] }
quiz:
  - id: q
    question: Why?
    answers: [{ text: So., because: Yes., correct: true }, { text: Not., because: No. }]
`;
const text =
  "# First\n\nHello.\n\n## 1. Serve\n\nMake web:\n\n```sh\ndocker service create --name web\n```\n";
const mutant = "# Another name.\n# task: 1\n# fails: there\ntrue\n";

const good: Readonly<Record<string, string>> = {
  "lab.yaml": yaml,
  "README.md": text,
  "solution/1.sh": "# on: manager\ntrue\n",
  "mutants/a.sh": mutant,
  "mutants/b.sh": mutant,
};

const parse = (files: Readonly<Record<string, string>>, name = "05-first") => {
  const folder: LabFolder = new Map(Object.entries({ ...good, ...files }));
  return parseLab({ directory: `/labs/${name}`, name, folder });
};

const line = ({ where, what, remedy }: Problem): string => `${where ?? "?"} ${what} | ${remedy}`;

function problemsOf(files: Readonly<Record<string, string>>): readonly string[] {
  const result = parse(files);
  return !result.ok && result.failure.kind === "config" ? result.failure.problems.map(line) : [];
}

const lint = (files: Readonly<Record<string, string>>, name?: string): readonly string[] =>
  lintLab(unwrap(parse(files, name))).map(line);

describe("parseLab", () => {
  it("reads a folder", () => {
    expect(unwrap(parse({}))).toMatchObject({
      id: "first",
      number: "05",
      needs: { managers: 1, workers: 2, ip_vs: false },
      tasks: [{ number: 1, id: "serve", checks: [{ id: "there", kind: "service", names: ["web"] }] }],
      text: {
        intro: "Hello.",
        sections: [{ heading: "1. Serve", commands: [{ on: "manager", fails: false, line: 10 }] }],
      },
      mutants: [{ title: "Another name.", task: 1, fails: ["there"], on: "manager" }, {}],
    });
  });

  it("changes its hash with any file", () => {
    const hashes = [{}, { "README.md": `${text}.` }, { "files/a": "x" }].map(
      (files) => unwrap(parse(files)).hash,
    );
    expect(new Set(hashes).size).toBe(3);
  });

  it("tells each problem with its place, checks in the words of their kind", () => {
    const broken = yaml
      .replace("minutes: 10", "minuts: 10")
      .replace("level: beginner", "level: begginer")
      .replace("kind: service", "kind: servis")
      .concat("setup:\n  - { on: manager }\n  - { script: setup/x.sh }\n");
    expect(problemsOf({ "lab.yaml": broken })).toEqual([
      expect.stringMatching(/^05-first\/lab.yaml minutes must be/),
      '05-first/lab.yaml:4:1 unknown key "minuts" | Did you mean "minutes"?',
      expect.stringMatching(
        /^05-first\/lab.yaml:5:8 level must be beginner, .* \| Did you mean "beginner"\?$/,
      ),
      expect.stringMatching(
        /^05-first\/lab.yaml:12:17 there is no kind of check "servis" \| The kinds are nodes,/,
      ),
      expect.stringContaining("05-first/lab.yaml:18:5 a step runs either a command or a script"),
      expect.stringContaining("05-first/lab.yaml:19:5 there is no file setup/x.sh"),
    ]);
    const wrongKeys = problemsOf({ "lab.yaml": yaml.replace("name: web", "nam: web, replicas: two") });
    expect(wrongKeys).toEqual([
      expect.stringMatching(/^05-first\/lab.yaml:12:9 .*name must be text/),
      expect.stringMatching(
        /^05-first\/lab.yaml:12:\d+ unknown key "nam" in tasks\[0\].checks\[0\]|unknown key "nam"/,
      ),
      expect.stringMatching(
        /^05-first\/lab.yaml:12:\d+ replicas must be a whole number from 0 on, not "two"/,
      ),
    ]);
  });
});

describe("lintLab", () => {
  it("finds nothing in a lab that fits together", () => {
    expect(lint({})).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      "a name that the text does not say",
      { "README.md": text.replaceAll("web", "www") },
      "the check there is about web",
    ],
    [
      "a section with another title",
      { "README.md": text.replace("## 1. Serve", "## Serve") },
      "Its heading must be: ## 1. Serve",
    ],
    ["a section without commands", { "README.md": text.replace("```sh", "```text") }, "has no commands"],
    [
      "commands for an unknown machine",
      { "README.md": text.replace("```sh", "```sh node9") },
      "README.md:10 commands for node9",
    ],
    [
      "an image that is not asked for",
      { "README.md": `${text}localhost/whoami:1` },
      "Add whoami:1 to images.",
    ],
    ["a variable that is not known", { "README.md": `${text}{{nonse}}` }, "there is no variable {{nonse}}"],
    [
      "a mutant without its check",
      { "mutants/a.sh": mutant.replace("there", "their") },
      "neither task 1 nor one before it has a check their",
    ],
    [
      "a mutant without a title",
      { "mutants/a.sh": mutant.replace("# Another name.\n", "") },
      "does not say what is wrong",
    ],
    [
      "a question with two right answers",
      { "lab.yaml": yaml.replace("because: No.", "because: No., correct: true") },
      "has 2 right answers",
    ],
    [
      "an id that is there twice",
      { "lab.yaml": yaml.replace("id: q", "id: there") },
      "the id there is there twice",
    ],
    [
      "a check after one that is not before it",
      { "lab.yaml": yaml.replace("name: web", "name: web, after: [x]") },
      "comes after x",
    ],
  ])("finds %s", (_, files, expected) => {
    expect(lint(files).join("\n")).toContain(expected);
  });

  it("finds what is missing", () => {
    const rest = Object.entries(good).filter(([path]) => path !== "solution/1.sh" && path !== "mutants/b.sh");
    const lab = unwrap(parseLab({ directory: "/labs/05-first", name: "05-first", folder: new Map(rest) }));
    expect(lintLab(lab).map(({ what }) => what)).toEqual([
      "task serve has no solution",
      "there are 1 mutants",
    ]);
    expect(lint({}, "5-other").join()).toContain("the id is first and the folder is 5-other");
  });
});

describe("the labs of this program", () => {
  it("can be read, and fit together", async () => {
    const { labs, problems } = await loadLabs(resolve("labs"));
    expect(problems).toEqual([]);
    expect(labs.length).toBeGreaterThan(0);
    expect(labs.flatMap(lintLab).map(line)).toEqual([]);
  });

  it.each([
    [["5"], ["05"]],
    [
      ["05", "daemon-over-tcp", "05-first-service"],
      ["02", "05"],
    ],
    [["15-secrets"], "all"],
    [["05", "no-such-lab"], "all"],
  ])("named by %j are %j", async (words, numbers) => {
    const { labs } = await loadLabs(resolve("labs"), words);
    const all = await loadLabs(resolve("labs"));
    const found = labs.map(({ number }) => number);
    expect(found.toSorted()).toEqual(numbers === "all" ? all.labs.map(({ number }) => number) : numbers);
  });
});
