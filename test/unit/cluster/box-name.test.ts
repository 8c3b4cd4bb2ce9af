import { describe, expect, it } from "vitest";
import { boxPattern, isBoxPath } from "../../../src/cluster/box-name.ts";

describe("boxPattern", () => {
  it.each(["/srv/tree", "./tree", "../tree", "bento/debian-12", "me/box_1.2"])("accepts %s", (box) => {
    expect(boxPattern.test(box)).toBe(true);
  });

  it.each(["", "tree", "a/b/c", "owner/", "/..\n", "~/tree", "owner/na me", ".hidden/box"])(
    "refuses %j",
    (box) => {
      expect(boxPattern.test(box)).toBe(false);
    },
  );
});

describe("isBoxPath", () => {
  it("tells paths from names", () => {
    expect(["/srv/tree", "./tree", "../tree"].filter(isBoxPath)).toHaveLength(3);
    expect(["bento/debian-12", "a/b"].filter(isBoxPath)).toEqual([]);
  });
});
