import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readImageArchive } from "../../../src/docker/image-archive.ts";
import { failureOf } from "../../support/remote-fixtures.ts";
import { tarOf, type TarContent } from "../../support/tar.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "swarmlab-archive-"));
});
afterEach(() => rm(directory, { recursive: true }));

const config = '{"architecture":"amd64","rootfs":{}}';
const id = `sha256:${createHash("sha256").update(config).digest("hex")}`;
/** Longer than the name field of a tar archive. */
const deep = `${"layers/".repeat(20)}layer.tar`;

const imageWith = (layer: string): TarContent => ({
  "config.json": config,
  [layer]: Buffer.alloc(10_000_000, "x"),
  "manifest.json": JSON.stringify([{ Config: "config.json", RepoTags: ["app:1"], Layers: [layer] }]),
});

async function archive(content: Buffer | string): Promise<string> {
  const path = join(directory, "app.tar");
  await writeFile(path, content);
  return path;
}

const read = (path: string, signal = new AbortController().signal) =>
  readImageArchive({ path, signal, onRead: () => undefined });

async function tree(content: TarContent): Promise<string> {
  const root = join(directory, "tree");
  for (const [name, data] of Object.entries(content)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), data ?? "");
  }
  return root;
}

describe("readImageArchive", () => {
  it.each([
    ["plain", (tar: Buffer) => tar],
    ["gzip-compressed", (tar: Buffer) => gzipSync(tar)],
    ["without the blocks at its end", (tar: Buffer) => tar.subarray(0, -1024)],
  ])("reads an archive: %s", async (_, form) => {
    const path = await archive(form(tarOf(imageWith("layer.tar"))));
    const { images, sizeBytes } = await read(path);
    expect(images).toEqual([{ ids: [id], tags: ["app:1"] }]);
    expect(sizeBytes).toBeGreaterThan(0);
  });

  it.each(["gnu", "pax", "posix", "oldgnu"])(
    "reads what GNU tar writes, with long names: %s",
    async (format) => {
      const path = join(directory, "app.tar");
      execFileSync("tar", [`--format=${format}`, "-C", await tree(imageWith(deep)), "-cf", path, "."]);
      expect((await read(path)).images).toEqual([{ ids: [id], tags: ["app:1"] }]);
    },
  );

  it.each([
    ["v7", "layer.tar"],
    ["ustar", `${"layers/".repeat(15)}layer.tar`],
  ])("reads what GNU tar writes in an old format: %s", async (format, layer) => {
    const path = join(directory, "app.tar");
    execFileSync("tar", [`--format=${format}`, "-C", await tree(imageWith(layer)), "-cf", path, "."]);
    expect((await read(path)).images).toEqual([{ ids: [id], tags: ["app:1"] }]);
  });

  it("tells how much it has read", async () => {
    const path = await archive(tarOf(imageWith("layer.tar")));
    const seen: number[] = [];
    const { signal } = new AbortController();
    const { sizeBytes } = await readImageArchive({ path, signal, onRead: (bytes) => seen.push(bytes) });
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.at(-1)).toBe(sizeBytes);
  });

  const whole = () => tarOf(imageWith("layer.tar"));
  it.each<readonly [string, () => Buffer, string]>([
    ["an empty file", () => Buffer.alloc(0), "it is empty"],
    ["a text", () => Buffer.from("# Read me\n".repeat(100)), "it is not a tar archive"],
    ["a short text", () => Buffer.from("# Read me\n"), "it is cut off"],
    ["an archive that is cut off in a layer", () => whole().subarray(0, 5_000_000), "it is cut off"],
    ["an archive that is cut off in a header", () => whole().subarray(0, 1100), "it is cut off"],
    ["a compressed archive that is cut off", () => gzipSync(whole()).subarray(0, -20), "it is cut off"],
    [
      "a compressed archive that is damaged",
      () => Buffer.concat([gzipSync(whole()).subarray(0, -8), Buffer.alloc(8)]),
      "it is damaged",
    ],
    ["xz", () => Buffer.from("fd377a585a000004", "hex"), "it is compressed with xz"],
    ["zstd", () => Buffer.from("28b52ffd00000000", "hex"), "it is compressed with zstd"],
    ["another archive", () => tarOf({ "notes.txt": "hello" }), "it has no manifest.json"],
    ["a file system", () => tarOf({ etc: undefined, "etc/hostname": "node1" }), "it holds a file system"],
  ])("refuses %s", async (_, content, reason) => {
    const path = await archive(content());
    expect(await failureOf(read(path))).toMatchObject({
      kind: "usage",
      message: expect.stringContaining(`${path} is no archive of images: ${reason}`) as string,
    });
  });

  it("refuses a directory, and a file that is not there", async () => {
    expect(await failureOf(read(directory))).toMatchObject({
      message: expect.stringContaining("it is a directory") as string,
    });
    const missing = join(directory, "missing.tar");
    expect(await failureOf(read(missing))).toMatchObject({ message: `there is no file ${missing}` });
  });

  it("ends on abort with the signal's reason", async () => {
    const path = await archive(tarOf(imageWith("layer.tar")));
    const cancel = new AbortController();
    const reason = new Error("cancelled");
    const onRead = (): void => cancel.abort(reason);
    await expect(readImageArchive({ path, signal: cancel.signal, onRead })).rejects.toBe(reason);
  });
});
