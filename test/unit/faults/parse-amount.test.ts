import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatDuration,
  formatRate,
  parseDuration,
  parseRate,
  parseSignedDuration,
} from "../../../src/faults/parse-amount.ts";

describe("durations", () => {
  it("are read as they are written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
        expect(parseSignedDuration(`-${formatDuration(seconds)}`)).toBe(-seconds);
      }),
    );
  });

  it.each([
    ["90", 90],
    ["90s", 90],
    ["5m", 300],
    ["1h30m", 5400],
    ["2h1s", 7201],
  ])("%s is %i s", (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(["", "0", "0s", "s", "1d", "-5m", "5m1h", "1.5h", " 5m", "5 m"])("%j is none", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});

describe("rates", () => {
  it("are read as they are written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), (kbit) => {
        expect(parseRate(formatRate(kbit))).toBe(kbit);
      }),
    );
  });

  it.each(["", "1", "mbit", "0mbit", "1MBit", "1.5mbit", "1kbps"])("%j is none", (text) =>
    expect(parseRate(text)).toBeUndefined(),
  );
});
