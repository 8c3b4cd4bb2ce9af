import { describe, expect, it } from "vitest";
import { isVersionBefore, versionBeginsWith } from "../../../src/docker/engine-version.ts";

describe("isVersionBefore", () => {
  it.each([
    ["1.9.1", "1.12", true],
    ["1.11.2", "1.12", true],
    ["1.12", "1.12", false],
    ["1.12.0-rc4", "1.12", false],
    ["1", "1.12", true],
    ["17.03.1-ce", "1.12", false],
    ["20.10.24+dfsg1", "23", true],
    ["23.0.0", "23", false],
    ["dev", "1.12", false],
  ])("%s before %s: %s", (version, other, before) => {
    expect(isVersionBefore(version, other)).toBe(before);
  });
});

describe("versionBeginsWith", () => {
  it.each([
    ["20.10.24+dfsg1", "20.10", true],
    ["20.10.24+dfsg1", "20.10.24", true],
    ["20.10.24+dfsg1", "20.10.24+dfsg1", true],
    ["20.10.24+dfsg1", "20.10.2", false],
    ["20.101.0", "20.10", false],
    ["20.10.24", "20.10.24+dfsg1", false],
  ])("%s for %s: %s", (version, wanted, begins) => {
    expect(versionBeginsWith(version, wanted)).toBe(begins);
  });
});
