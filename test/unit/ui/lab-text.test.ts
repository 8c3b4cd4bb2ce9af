import { describe, expect, it } from "vitest";
import type { LabReport } from "../../../src/app/lab-report.ts";
import { formatHint, formatLabList, formatLabReport, formatLabStatus } from "../../../src/ui/lab-text.ts";
import { formatMarkdown } from "../../../src/ui/markdown.ts";

const narrow = { color: false, columns: 44 };
const pipe = { color: false, columns: Infinity };

const markdown = `# Title

A paragraph with \`code\` that is long enough to be
broken.

- one item that goes over its line, and then on
- two

    a picture ->

\`\`\`sh node1 fails
docker node ls
\`\`\`
`;

describe("formatMarkdown", () => {
  it("wraps text, and says where commands run", () => {
    expect(formatMarkdown(markdown, narrow)).toBe(
      [
        "Title",
        "",
        "A paragraph with `code` that is long enough",
        "to be broken.",
        "",
        "-   one item that goes over its line, and",
        "    then on",
        "-   two",
        "",
        "    a picture ->",
        "",
        "  on node1 (it fails):",
        "    docker node ls",
        "",
      ].join("\n"),
    );
  });

  it("stays Markdown in a pipe", () => {
    expect(formatMarkdown(markdown, pipe)).toBe(markdown);
  });

  it("paints on a terminal that has colors", () => {
    expect(formatMarkdown("## Head\n\nuse `ls`", { color: true, columns: 80 })).toBe(
      "\u001b[1mHead\u001b[22m\n\nuse \u001b[36mls\u001b[39m\n",
    );
  });
});

const check = { id: "a", kind: "nodes", title: "It is so", looks: 1 } as const;
const report: LabReport = {
  schemaVersion: 1,
  lab: { id: "first", number: "05", title: "First" },
  done: false,
  tasks: [
    {
      ...{ id: "one", number: 1, title: "One", why: "Because of that.", done: true },
      checks: [
        { ...check, status: "pass", seenBefore: true },
        { ...check, status: "skip", why: "it needs ip_vs" },
      ],
    },
    {
      ...{ id: "two", number: 2, title: "Two", why: "Not told yet.", done: false },
      checks: [
        { ...check, status: "fail", expected: "three", actual: "two", where: "on a manager: docker node ls" },
        { ...check, status: "blocked", why: "node1 does not answer" },
      ],
    },
  ],
};

describe("formatLabReport", () => {
  it("tells what is missing, and the reason once a task is done", () => {
    expect(formatLabReport(report, pipe)).toBe(`1. One
  PASS It is so (seen before)
  SKIP It is so
       why       it needs ip_vs
       Because of that.

2. Two
  FAIL It is so
       expected  three
       actual    two
       look      on a manager: docker node ls
  BLOCKED It is so
       why       node1 does not answer

Task 2 of 2 is next. Stuck? swarmlab lab hint
`);
  });
});

describe("formatHint", () => {
  it("says how to get the next one", () => {
    const hint = { schemaVersion: 1, task: { number: 1, title: "One" }, tier: 3, hints: ["a\nb"] } as const;
    expect(formatHint(hint, pipe)).toBe(
      "1. One\n\n    a\n    b\n\nStill stuck? have it done: swarmlab lab solve\n",
    );
  });
});

describe("formatLabList and formatLabStatus", () => {
  const lab = {
    id: "a",
    number: "01",
    title: "A",
    summary: "S",
    minutes: 5,
    level: "beginner",
    cannotRun: [],
  };

  it("name the next lab, and why one cannot run here", () => {
    const mesh = {
      ...lab,
      id: "b",
      number: "02",
      title: "B",
      state: "open",
      cannotRun: ["needs ip_vs, which is missing on node1"],
    } as const;
    const list = {
      schemaVersion: 1,
      labs: [{ ...lab, state: "done" }, mesh, { ...lab, id: "c", number: "03", state: "open" }],
      next: "c",
    } as const;
    expect(formatLabList(list, pipe)).toBe(`LAB  TITLE  TIME   LEVEL     STATE
01   A      5 min  beginner  done
02   B      5 min  beginner  not here
03   A      5 min  beginner  next

02 cannot run here: it needs ip_vs, which is missing on node1.

Next: swarmlab lab start 03
`);
  });

  it("tell progress, that of labs that are gone included", () => {
    const entry = {
      id: "a",
      number: "01",
      title: "A",
      doneAt: "2026-01-02T03:04:05Z",
      startedAt: "2026-01-01T00:00:00Z",
      hints: 2,
      solved: 0,
    };
    const status = {
      schemaVersion: 1,
      done: 1,
      total: 2,
      labs: [{ ...entry, state: "done" }],
      unknown: ["old"],
    } as const;
    expect(formatLabStatus(status, pipe)).toBe(`1 of 2 labs done.

LAB  TITLE  STATE  DONE        HINTS  SOLVED FOR YOU
01   A      done   2026-01-02  2      0

Kept, though there is no such lab any more: old
`);
  });
});
