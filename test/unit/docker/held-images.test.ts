import { describe, expect, it } from "vitest";
import { parseImages } from "../../../src/docker/held-images.ts";

describe("parseImages", () => {
  it("reads names, labels and size", () => {
    const answer = [{ Id: "sha256:a", RepoTags: ["a:1", "b:2"], Labels: { k: "v", n: 1 }, Size: 42 }];
    expect(parseImages(answer)).toEqual([
      { id: "sha256:a", tags: ["a:1", "b:2"], labels: { k: "v" }, sizeBytes: 42 },
    ]);
  });

  it.each([[null], [[]], [["<none>:<none>"]]])("reads %j as no name", (tags) => {
    expect(parseImages([{ Id: "sha256:a", RepoTags: tags, Labels: null, Size: 1 }])).toEqual([
      { id: "sha256:a", tags: [], labels: {}, sizeBytes: 1 },
    ]);
  });

  it("reads an empty answer", () => {
    expect(parseImages([])).toEqual([]);
  });
});
