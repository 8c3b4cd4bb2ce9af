import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonErrorPlace } from "../../../src/docker/json-place.ts";

describe("jsonErrorPlace", () => {
  it.each([
    ["", 1, 1],
    ['{"a": [1, 2,]}', 1, 13],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ["{'a': 1}", 1, 2],
    ["{} x", 1, 4],
    ['{"a": 01}', 1, 8],
    ['{\n"a": "b\n"}', 2, 6],
  ])("finds the mistake in %j", (text, line, column) => {
    expect(jsonErrorPlace(text)).toEqual({ line, column });
  });

  it("stops where values are nested too deep for a stack of calls", () => {
    expect(jsonErrorPlace("[".repeat(500) + "]".repeat(500))).toBeUndefined();
    expect(jsonErrorPlace("[".repeat(501) + "]".repeat(501))).toEqual({ line: 1, column: 501 });
    expect(jsonErrorPlace('{"a":'.repeat(100_000))).toBeDefined();
  });

  it("finds one exactly where JSON.parse does", () => {
    const mistake = fc.record({
      at: fc.nat(60),
      cut: fc.nat(2),
      put: fc.constantFrom("", ",", "}", "]", '"', "\\", "0", "\t"),
    });
    fc.assert(
      fc.property(fc.json(), fc.option(mistake), (json, wrong) => {
        const text = wrong ? json.slice(0, wrong.at) + wrong.put + json.slice(wrong.at + wrong.cut) : json;
        expect(jsonErrorPlace(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 1000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
