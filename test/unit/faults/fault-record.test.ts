import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conflictOf } from "../../../src/faults/fault-conflicts.ts";
import type { Fault } from "../../../src/faults/fault.ts";
import { faultId, parseFaultRecord, standingOf, type FaultRecord } from "../../../src/faults/fault-record.ts";
import { decodedBytes, mutatedText } from "../../support/mutated-text.ts";

const faults: readonly Fault[] = [
  { kind: "kill", machine: "node1" },
  { kind: "isolate", machine: "node1" },
  { kind: "partition", groups: [["manager"], ["node1", "node2"]] },
  { kind: "block", port: 4789, protocols: ["udp"], machines: ["node1"] },
  { kind: "slow", delayMs: null, rateKbit: 1000, machines: ["node1"] },
  { kind: "skew-clock", machine: "node1", bySeconds: -60 },
];

const recordOf = (fault: Fault): FaultRecord => ({
  schemaVersion: 1,
  id: faultId(fault.kind, "3f9c"),
  fault,
  since: "2026-01-01T10:00:00.000Z",
  until: null,
  healer: "computer",
});

describe("parseFaultRecord", () => {
  it.each(faults)("reads what was written of $kind", (fault) => {
    expect(parseFaultRecord(JSON.stringify(recordOf(fault)))).toEqual(recordOf(fault));
  });

  it("takes nothing that lacks a part, or has one that is none", () => {
    for (const record of faults.map(recordOf)) {
      for (const name of Object.keys(record))
        expect(parseFaultRecord(JSON.stringify({ ...record, [name]: undefined }))).toBeUndefined();
      for (const name of Object.keys(record.fault))
        expect(
          parseFaultRecord(JSON.stringify({ ...record, fault: { ...record.fault, [name]: { odd: 1 } } })),
        ).toBeUndefined();
    }
  });

  it("takes no name that would be another command", () => {
    const record = recordOf({ kind: "kill", machine: "node1; reboot" });
    expect(parseFaultRecord(JSON.stringify(record))).toBeUndefined();
    expect(
      parseFaultRecord(JSON.stringify({ ...recordOf({ kind: "kill", machine: "node1" }), id: "../x" })),
    ).toBeUndefined();
  });

  it("gives a whole record or none, whatever has become of the file", () => {
    const texts = fc.constantFrom(...faults.map((fault) => JSON.stringify(recordOf(fault), null, 2)));
    fc.assert(
      fc.property(fc.oneof(mutatedText(texts), decodedBytes(), fc.json()), (text) => {
        const record = parseFaultRecord(text);
        if (record !== undefined) expect(parseFaultRecord(JSON.stringify(record))).toEqual(record);
      }),
    );
  });
});

describe("standingOf", () => {
  const endMs = Date.parse("2026-01-01T10:05:00.000Z");
  const until = "2026-01-01T10:05:00.000Z";

  it.each([
    ["by hand, it stays", { until: null, healer: "computer" }, endMs * 2, "active"],
    ["it stays until its time", { until, healer: "machines" }, endMs - 1, "active"],
    ["machines have healed themselves", { until, healer: "machines" }, endMs, "healed"],
    ["this computer may be at it", { until, healer: "computer" }, endMs + 1000, "active"],
    ["this computer has failed to", { until, healer: "computer" }, endMs + 600_000, "overdue"],
  ] as const)("%s", (_, record, nowMs, standing) => {
    expect(standingOf(record, nowMs)).toBe(standing);
  });
});

describe("conflictOf", () => {
  const conflicts = (one: Fault, other: Fault): boolean => conflictOf(one, [recordOf(other)]) !== undefined;

  it.each(faults)("finds the same again: $kind", (fault) => {
    expect(conflictOf(fault, faults.map(recordOf))).toEqual(recordOf(fault));
  });

  it.each([
    ["a dead machine", { kind: "kill", machine: "node1" }, { kind: "stop", machine: "node1" }, true],
    ["another machine", { kind: "kill", machine: "node1" }, { kind: "kill", machine: "node2" }, false],
    ["life and links", { kind: "kill", machine: "node1" }, { kind: "isolate", machine: "node1" }, false],
    [
      "groups in another order",
      { kind: "partition", groups: [["a"], ["b"]] },
      { kind: "partition", groups: [["b"], ["a"]] },
      true,
    ],
    [
      "other groups",
      { kind: "partition", groups: [["a"], ["b"]] },
      { kind: "partition", groups: [["a"], ["c"]] },
      false,
    ],
    [
      "both protocols and one",
      { kind: "block", port: 80, protocols: ["tcp", "udp"], machines: ["a", "b"] },
      { kind: "block", port: 80, protocols: ["udp"], machines: ["b"] },
      true,
    ],
    [
      "another port",
      { kind: "block", port: 80, protocols: ["tcp"], machines: ["a"] },
      { kind: "block", port: 81, protocols: ["tcp"], machines: ["a"] },
      false,
    ],
  ] as const)("%s", (_, one, other, expected) => {
    expect(conflicts(one, other)).toBe(expected);
    expect(conflicts(other, one)).toBe(expected);
  });
});
