import { expect, it } from "vitest";
import { formatSupport } from "../../../src/ui/support-text.ts";

const report = { schemaVersion: 1, file: "/lab/a.tar.gz", files: ["missing.json", "status.json"] } as const;

it("says where the archive is, what it is free of, and to look first", () => {
  expect(formatSupport({ ...report, missing: [] }))
    .toBe(`Wrote /lab/a.tar.gz, with 2 files. Tokens, keys, passwords and the values of environment variables are taken out.
Look through it before you hand it on: tar -xzf /lab/a.tar.gz
`);
});

it("names what it lacks, in a line each", () => {
  const missing = [
    { part: "machines/node1", why: { kind: "not-running", machine: "node1", state: "stopped" } },
    { part: "plan.json", why: "Error: woe\n    at somewhere" },
  ] as const;
  expect(formatSupport({ ...report, missing })).toContain(
    "\nIt lacks:\n  machines/node1: node1 is not running\n  plan.json: Error: woe\nLook",
  );
});
