import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadLabs, nameInFolder } from "../../../src/labs/load-labs.ts";

it.each([
  ["C:\\swarmlab\\labs\\05-first", "C:\\swarmlab\\labs\\05-first\\files\\web\\index.html"],
  ["/labs/05-first", "/labs/05-first/files/web/index.html"],
])("a file below %s has the same name on every system", (directory, path) => {
  expect(nameInFolder(directory, path)).toBe("files/web/index.html");
});

it("a lab with the line ends of Windows is read as any other", async () => {
  const labs = await mkdtemp(join(tmpdir(), "swarmlab-labs-"));
  const folder = join(labs, "05-first");
  const write = (name: string, text: string) => writeFile(join(folder, name), text.replaceAll("\n", "\r\n"));
  await mkdir(join(folder, "solution"), { recursive: true });
  await write("lab.yaml", yaml);
  await write("README.md", "# First\n\nHello.\n\n## 1. Serve\n\n```sh\ntrue\n```\n");
  await write("solution/1.sh", "# on: host\ntrue\n");
  expect(await loadLabs(labs)).toMatchObject({
    problems: [],
    labs: [
      {
        text: { intro: "Hello.", sections: [{ commands: [{ script: "true\n" }] }] },
        solutions: new Map([[1, { file: "solution/1.sh", on: "host", text: "# on: host\ntrue\n" }]]),
      },
    ],
  });
  await rm(labs, { recursive: true });
});

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
      - { kind: service, id: there, title: It is there, name: web }
`;
