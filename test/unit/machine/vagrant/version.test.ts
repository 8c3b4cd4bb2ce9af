import { describe, expect, it } from "vitest";
import { isAtLeast, parseVersion, seriesOf } from "../../../../src/machine/vagrant/version.ts";

describe("parseVersion", () => {
  it.each([
    ["7.0.20r163906", [7, 0, 20]],
    ["6.12.7_1", [6, 12, 7]],
    ["2.4.10.dev", [2, 4, 10]],
    ["6.18.44-fc-v669", [6, 18, 44]],
    ["none", undefined],
    ["", undefined],
  ])("%j is %j", (text, numbers) => {
    expect(parseVersion(text)).toEqual(numbers);
  });
});

describe("isAtLeast", () => {
  it.each([
    ["7.2.10", "7.2.9", true],
    ["7.2.10", "7.2.10", true],
    ["7.2", "7.2.0", true],
    ["7.2.9", "7.2.10", false],
    ["6.9", "6.12", false],
    ["10.0", "9.9.9", true],
    ["nothing", "0.1", false],
  ])("%s against %s: %s", (version, other, expected) => {
    expect(isAtLeast(version, other)).toBe(expected);
  });
});

describe("seriesOf", () => {
  it("is major and minor", () => {
    expect(["7.1.4r165100", "7", "x"].map(seriesOf)).toEqual(["7.1", "7.0", "0.0"]);
  });
});
