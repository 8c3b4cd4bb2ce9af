import { describe, expect, it } from "vitest";
import type { HeldImage } from "../../../src/docker/held-images.ts";
import { planImages } from "../../../src/docker/plan-images.ts";

const held = (id: string, ...tags: readonly string[]): HeldImage => ({ id, tags, labels: {}, sizeBytes: 1 });

describe("planImages", () => {
  it("leaves out what is there", () => {
    const images = [{ ids: ["sha256:a"], tags: ["app:1"] }] as const;
    expect(planImages(images, [held("sha256:a", "app:1", "app:2")])).toEqual({ kind: "unchanged" });
  });

  it("is not misled by a name that stands for another image", () => {
    const images = [{ ids: ["sha256:a"], tags: ["app:1"] }] as const;
    expect(planImages(images, [held("sha256:b", "app:1")])).toEqual({ kind: "load" });
  });

  it("gives only the name to an image that is there under another, even where another image has it", () => {
    const images = [{ ids: ["sha256:a"], tags: ["app:1", "app:2"] }] as const;
    expect(planImages(images, [held("sha256:a", "app:2"), held("sha256:b", "app:1")])).toEqual({
      kind: "tag",
      tags: [{ id: "sha256:a", tag: "app:1" }],
    });
  });

  it("knows an image by any of its IDs", () => {
    const images = [{ ids: ["sha256:a", "sha256:d"], tags: ["app:1"] }] as const;
    expect(planImages(images, [held("sha256:d")])).toEqual({
      kind: "tag",
      tags: [{ id: "sha256:d", tag: "app:1" }],
    });
  });

  it("loads all where one is missing", () => {
    const images = [
      { ids: ["sha256:a"], tags: [] },
      { ids: ["sha256:b"], tags: [] },
    ] as const;
    expect(planImages(images, [held("sha256:a")])).toEqual({ kind: "load" });
    expect(planImages(images, [held("sha256:a"), held("sha256:b")])).toEqual({ kind: "unchanged" });
  });
});
