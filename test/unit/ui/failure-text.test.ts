import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Failure } from "../../../src/failure.ts";
import { describeFailure, formatBug, formatFailure } from "../../../src/ui/failure-text.ts";
import { failureSamples } from "./failure-samples.ts";

const golden = new URL("../../golden/failure/", import.meta.url);
const plain = { color: false, columns: 80 };

describe("formatFailure", () => {
  it.each(Object.entries(failureSamples))(
    "says what, where, why and what next: %s",
    async (kind, failure) => {
      await expect(formatFailure(failure, plain)).toMatchFileSnapshot(
        new URL(`${kind}.txt`, golden).pathname,
      );
    },
  );

  it("has a golden file for each kind, and no other", () => {
    const kinds = Object.keys(failureSamples).map((kind) => `${kind}.txt`);
    expect(readdirSync(golden).toSorted()).toEqual(kinds.toSorted());
  });

  it.each(Object.values(failureSamples))("always knows something to do next: $kind", (failure) => {
    const { what, next } = describeFailure(failure);
    expect(next.length).toBeGreaterThan(0);
    expect(what).toMatch(/[^.]$/);
  });

  it("tells a machine's full disk from this computer's", () => {
    const failure: Failure = { ...failureSamples["disk-full"], machine: "node1", path: "/var/lib/docker" };
    const text = formatFailure(failure, plain);
    expect(text).toContain("where  node1: /var/lib/docker");
    expect(text).toContain("swarmlab ssh node1 -- df -h /var/lib/docker");
  });

  it("leaves scripts out of a command", () => {
    const argv = ["sh", "-c", "\nfirst\nsecond\n", "sh", "restart", "60"] as const;
    for (const kind of ["remote-command", "process"] as const) {
      const text = formatFailure({ ...failureSamples[kind], argv }, plain);
      expect(text).toMatch(/where {2}.*: sh -c … sh restart 60\n/);
    }
  });

  it("wraps sentences and keeps commands whole", () => {
    const command = "swarmlab render --dir /a/rather/long/directory/name";
    const failure: Failure = { kind: "interrupted", next: command };
    expect(formatFailure(failure, { color: false, columns: 30 })).toContain(command);
    const text = formatFailure(failureSamples["swarm-locked"], { color: false, columns: 40 });
    const why = text.split("\n").filter((line) => !line.includes("swarmlab "));
    expect(Math.max(...why.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  it("says a single missing prerequisite once, with both cures", () => {
    const failure = {
      ...failureSamples.prerequisite,
      problems: failureSamples.prerequisite.problems.slice(0, 1),
    };
    const text = formatFailure(failure, plain);
    expect(text.match(/error:/g)).toHaveLength(1);
    expect(text).toContain("systemd-container\n         sudo swarmlab setup");
  });

  it("uses colors only when asked", () => {
    expect(formatFailure(failureSamples.unreachable, plain)).not.toContain("\u001b");
    expect(formatFailure(failureSamples.unreachable, { ...plain, color: true })).toContain(
      "\u001b[31merror:",
    );
  });
});

describe("formatBug", () => {
  it("says that it is a bug, with the stack and how to report it", () => {
    const text = formatBug(new TypeError("x is undefined"), { color: false });
    expect(text).toMatch(/^error: a bug in swarmlab/);
    expect(text).toContain("TypeError: x is undefined\n      at ");
    expect(text).toContain("--verbose");
  });

  it("copes with things thrown that are no errors", () => {
    expect(formatBug("just text", { color: false })).toContain("  just text\n");
  });
});
