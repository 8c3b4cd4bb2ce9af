import fc from "fast-check";
import { expect, it } from "vitest";
import { parseSnapshotName } from "../../../src/cluster/snapshot-name.ts";

it.each(["a", "before-update", "2026-01-31", "three_managers", "a".repeat(40)])("%j is a name", (name) => {
  expect(parseSnapshotName(name)).toEqual({ ok: true, value: name });
});

it.each(["", "A", "-a", "_a", "a.partial", "a/b", "..", "a b", "a\n", "ä", "a".repeat(41)])(
  "%j is none",
  (name) => {
    expect(parseSnapshotName(name)).toMatchObject({ ok: false, failure: { kind: "usage" } });
  },
);

it("no name leads out of a directory, or is one of what is being made", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (parseSnapshotName(text).ok) expect(text).not.toMatch(/[./\\\s]/);
    }),
  );
});
