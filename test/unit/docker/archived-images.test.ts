import { describe, expect, it } from "vitest";
import { archivedImages, type ArchiveListing } from "../../../src/docker/archived-images.ts";
import type { Failure } from "../../../src/failure.ts";

const listing = (changes: Partial<ArchiveListing> = {}): ArchiveListing => ({
  digests: new Map([
    ["c1.json", "aa"],
    ["c2.json", "bb"],
    ["l1/layer.tar", undefined],
    ["manifest.json", "ff"],
  ]),
  manifest: JSON.stringify([{ Config: "c1.json", RepoTags: ["app:1"], Layers: ["l1/layer.tar"] }]),
  index: undefined,
  ...changes,
});

const imagesOf = (its: ArchiveListing) => {
  const result = archivedImages(its, "app.tar");
  if (!result.ok) throw new Error("refused", { cause: result.failure });
  return result.value;
};

const refusalOf = (its: ArchiveListing): Failure => {
  const result = archivedImages(its, "app.tar");
  if (result.ok) throw new Error("taken");
  return result.failure;
};

describe("archivedImages", () => {
  it("tells images by the digest of their configuration, whatever its file is called", () => {
    expect(imagesOf(listing())).toEqual([{ ids: ["sha256:aa"], tags: ["app:1"] }]);
  });

  it("reads several images, and one without a name", () => {
    const manifest = JSON.stringify([
      { Config: "c1.json", RepoTags: ["docker.io/library/app:1", "localhost:5000/app"], Layers: [] },
      { Config: "./c2.json", RepoTags: null, Layers: ["l1/layer.tar"] },
    ]);
    expect(imagesOf(listing({ manifest }))).toEqual([
      { ids: ["sha256:aa"], tags: ["app:1", "localhost:5000/app:latest"] },
      { ids: ["sha256:bb"], tags: [] },
    ]);
  });

  it("knows the ID that an engine gives which keeps images in containerd", () => {
    const descriptor = {
      digest: "sha256:dd",
      annotations: { "io.containerd.image.name": "docker.io/library/app:1" },
    };
    const index = JSON.stringify({ schemaVersion: 2, manifests: [descriptor] });
    expect(imagesOf(listing({ index }))).toEqual([{ ids: ["sha256:aa", "sha256:dd"], tags: ["app:1"] }]);
  });

  it.each<readonly [string, Partial<ArchiveListing>, string]>([
    ["no manifest", { manifest: undefined }, "it has no manifest.json"],
    ["a manifest that is no JSON", { manifest: "[" }, "its manifest.json names no image"],
    ["a manifest of no image", { manifest: "[]" }, "its manifest.json names no image"],
    [
      "a layer that is missing",
      { manifest: '[{"Config":"c1.json","Layers":["l2/layer.tar"]}]' },
      "it lacks l2/layer.tar",
    ],
    [
      "a configuration that is missing",
      { manifest: '[{"Config":"c9.json","Layers":[]}]' },
      "it lacks c9.json",
    ],
    [
      "a layer in the place of the configuration",
      { manifest: '[{"Config":"l1/layer.tar","Layers":[]}]' },
      "it lacks l1/layer.tar",
    ],
    [
      "an OCI layout without a manifest",
      { manifest: undefined, index: '{"manifests":[]}' },
      "it is an OCI layout without the manifest.json",
    ],
    [
      "a file system",
      { manifest: undefined, digests: new Map([["etc/passwd", "aa"]]) },
      "it holds a file system without an image's settings",
    ],
  ])("refuses %s, and says why", (_, changes, reason) => {
    expect(refusalOf(listing(changes))).toMatchObject({
      kind: "usage",
      message: expect.stringContaining(`app.tar is no archive of images: ${reason}`) as string,
    });
  });
});
