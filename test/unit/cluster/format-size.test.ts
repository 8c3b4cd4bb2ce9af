import { describe, expect, it } from "vitest";
import { formatSize } from "../../../src/cluster/format-size.ts";

describe("formatSize", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [15_280_000, "15.3 MB"],
    [120_400_000, "120 MB"],
    [2_500_000_000, "2.5 GB"],
    [3e15, "3000 TB"],
  ])("%d: %s", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});
