import { describe, expect, it } from "vitest";
import { mismatchOf } from "../../../src/labs/match-json.ts";
import {
  changeAttempt,
  markDone,
  newAttempt,
  noProgress,
  parseProgress,
  progressOf,
  withAttempt,
} from "../../../src/labs/progress.ts";
import { fill, fillText, variablesIn } from "../../../src/labs/variables.ts";

const baseline = { clusterId: "", workerTokenHash: "", managerTokenHash: "", trustRootHash: "", nodeIds: {} };
const attempt = newAttempt({ nonce: "abc", startedAt: "2026-01-01T00:00:00.000Z", baseline });
const lab = { id: "first", hash: "h1" };

describe("progress", () => {
  const begun = withAttempt(noProgress, lab, attempt);

  it("keeps that a lab was done through further attempts, and when first", () => {
    const done = markDone(begun, "first", "2026-01-02");
    expect(progressOf(withAttempt(markDone(done, "first", "2026-01-03"), lab, attempt), lab)?.doneAt).toBe(
      "2026-01-02",
    );
  });

  it("finds a renamed lab by its content, and moves it to its new id", () => {
    const done = markDone(begun, "first", "2026-01-02");
    const renamed = { id: "one", hash: "h1" };
    expect(progressOf(done, renamed)?.doneAt).toBe("2026-01-02");
    expect(withAttempt(done, renamed, attempt)).toMatchObject({
      current: "one",
      labs: { one: { doneAt: "2026-01-02" } },
    });
    expect(Object.keys(withAttempt(done, renamed, attempt).labs)).toEqual(["one"]);
  });

  it("keeps what it does not know", () => {
    const old = { ...begun, labs: { ...begun.labs, gone: { hash: "h9", doneAt: null, attempt: null } } };
    expect(parseProgress(JSON.parse(JSON.stringify(withAttempt(old, lab, attempt))))?.labs["gone"]).toEqual(
      old.labs.gone,
    );
    expect(parseProgress({ schemaVersion: 2, labs: {} })).toBeUndefined();
  });

  const broken: readonly (readonly [string, unknown])[] = [
    ["labs that are no mapping", { ...begun, labs: [] }],
    ["a lab that is null", { ...begun, labs: { first: null } }],
    ["a lab that is text", { ...begun, labs: { first: "done" } }],
    ["a lab without its hash", { ...begun, labs: { first: { doneAt: null, attempt: null } } }],
    ["a lab without an attempt", { ...begun, labs: { first: { hash: "h1", doneAt: null } } }],
    ["a current lab that is a number", { ...begun, current: 7 }],
    ...Object.keys(attempt).map(
      (key) =>
        [
          `an attempt with ${key} of another form`,
          { ...begun, labs: { first: { hash: "h1", doneAt: null, attempt: { ...attempt, [key]: 1 } } } },
        ] as const,
    ),
  ];

  it.each(broken)("does not take %s for progress", (_, data) => {
    expect(parseProgress(data)).toBeUndefined();
  });

  it("changes an attempt, where there is one", () => {
    const changed = changeAttempt(begun, "first", (before) => ({ ...before, answers: { q: 1 } }));
    expect(changed.labs["first"]?.attempt?.answers).toEqual({ q: 1 });
    expect(changeAttempt(begun, "other", (before) => before)).toBe(begun);
  });
});

describe("variables", () => {
  const variables = { nonce: "xyz", "manager.address": "192.168.56.17" };

  it("are filled in, and Docker's own templates stay", () => {
    const text = "{{nonce}} {{manager.address}} {{.Node.Hostname}} {{json .}} {{nope}}";
    expect(fillText(text, variables)).toBe("xyz 192.168.56.17 {{.Node.Hostname}} {{json .}} {{nope}}");
    expect(variablesIn(text)).toEqual(["nonce", "manager.address", "nope"]);
    expect(fill({ a: ["{{nonce}}", 1], b: { c: "{{nonce}}" } }, variables)).toEqual({
      a: ["xyz", 1],
      b: { c: "xyz" },
    });
  });
});

describe("mismatchOf", () => {
  it.each([
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: ["x"] }, { a: ["y", "x"] }],
    [{ a: [{ k: 1 }] }, { a: [{ k: 1, l: 2 }] }],
    [{ a: null }, {}],
    [{ a: null }, { a: [] }],
  ])("%j is a part of %j", (expected, actual) => {
    expect(mismatchOf(expected, actual)).toBeUndefined();
  });

  it.each([
    [{ a: { b: 1 } }, { a: { b: 2 } }, { path: "a.b", expected: 1, actual: 2 }],
    [{ a: ["x"] }, { a: ["y"] }, { path: "a", expected: "x", actual: ["y"] }],
    [{ a: ["x"] }, {}, { path: "a", expected: "x", actual: undefined }],
    [{ a: null }, { a: 1 }, { path: "a", expected: null, actual: 1 }],
  ])("%j is no part of %j", (expected, actual, mismatch) => {
    expect(mismatchOf(expected, actual)).toEqual(mismatch);
  });
});
