import { posix } from "node:path";
import { fail, ok, type Failure, type Result } from "../failure.ts";
import { familiarName } from "./image-name.ts";
import { listAt, textAt } from "./json-fields.ts";

/** An image in an archive. */
export interface ArchivedImage {
  /** An engine knows it by one of these, `sha256:…`: of its configuration, which comes first; or of its manifest, where images are kept in containerd. */
  readonly ids: readonly [string, ...string[]];
  /** As the CLI shows them; possibly none. */
  readonly tags: readonly string[];
}

/** What an archive holds. */
export interface ArchiveListing {
  /** SHA-256 in hexadecimal by the name of the file; undefined for large ones. */
  readonly digests: ReadonlyMap<string, string | undefined>;
  /** Of `manifest.json`. */
  readonly manifest: string | undefined;
  /** Of `index.json`, which engines write since 25. */
  readonly index: string | undefined;
}

/** The images of an archive; fails with `usage` where an engine would not load it. */
export function archivedImages(listing: ArchiveListing, path: string): Result<readonly ArchivedImage[]> {
  const { manifest, index } = listing;
  if (manifest === undefined) return fail(withoutManifest(listing, path));
  const entries = listAt({ all: parseJson(manifest) }, "all");
  if (entries.length === 0) return fail(notAnArchive(path, "its manifest.json names no image"));
  const missing =
    entries.flatMap(filesOf).find((file) => !listing.digests.has(file)) ??
    entries.map(configOf).find((file) => listing.digests.get(file) === undefined);
  if (missing !== undefined)
    return fail(notAnArchive(path, `it lacks ${missing}, which its manifest.json names`));
  const inContainerd = containerdIds(index);
  return ok(entries.map((entry) => imageOf(entry, listing, inContainerd)));
}

const filesOf = (entry: unknown): readonly string[] => [
  configOf(entry),
  ...listAt(entry, "Layers").map((layer) => posix.normalize(String(layer))),
];

const configOf = (entry: unknown): string => posix.normalize(textAt(entry, "Config"));

function imageOf(
  entry: unknown,
  { digests }: ArchiveListing,
  inContainerd: ReadonlyMap<string, string>,
): ArchivedImage {
  const tags = listAt(entry, "RepoTags").map((tag) => familiarName(String(tag)));
  const others = tags.flatMap((tag) => inContainerd.get(tag) ?? []);
  return { ids: [`sha256:${digests.get(configOf(entry)) ?? ""}`, ...new Set(others)], tags };
}

/** The digests of manifests by the image's name. */
function containerdIds(index: string | undefined): ReadonlyMap<string, string> {
  const descriptors = listAt(parseJson(index ?? "{}"), "manifests");
  return new Map(
    descriptors.map((descriptor) => [
      familiarName(textAt(descriptor, "annotations", "io.containerd.image.name")),
      textAt(descriptor, "digest"),
    ]),
  );
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What it is instead, as far as can be seen. */
function withoutManifest({ digests, index }: ArchiveListing, path: string): Failure {
  const names = [...digests.keys()];
  if (index !== undefined)
    return notAnArchive(
      path,
      "it is an OCI layout without the manifest.json that engines load by",
      `skopeo copy oci-archive:${path} docker-archive:FILE.tar:NAME:TAG   (writes one that has it; so does docker save)`,
    );
  if (names.some((name) => /^(bin|etc|usr)(\/|$)/.test(name)))
    return notAnArchive(
      path,
      "it holds a file system without an image's settings, as docker export writes it",
      `docker import ${path} NAME:TAG, then: swarmlab image load NAME:TAG`,
    );
  return notAnArchive(path, "it has no manifest.json");
}

/** The failure for a file that engines do not load. `remedy` default: how to make one that they do. */
export function notAnArchive(path: string, reason: string, remedy?: string): Failure {
  return {
    kind: "usage",
    message: `${path} is no archive of images: ${reason}`,
    remedy: remedy ?? "docker save --output FILE.tar IMAGE   (makes one)",
  };
}
