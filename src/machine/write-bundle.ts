import { createReadStream } from "node:fs";
import { open, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProcessRunner } from "../system/process-runner.ts";
import { runTar } from "../system/tar.ts";
import type { BundleManifest, BundlePart } from "./bundle-manifest.ts";
import { manifestName, sha256Of } from "./bundle.ts";

/** Everyone may read a bundle; nothing in it is secret. */
const mode = 0o644;

/**
 * Writes a bundle of the parts that are in a directory, which gets the manifest too: whole or not at all, in place of what was there.
 * @throws FailureError `disk-full`, `process`
 */
export async function writeBundle(its: {
  readonly processes: ProcessRunner;
  readonly file: string;
  readonly directory: string;
  /** Names of the parts, in order. */
  readonly parts: readonly string[];
  readonly about: Omit<BundleManifest, "schemaVersion" | "parts">;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { processes, file, directory, about, signal } = its;
  const parts = await Promise.all(its.parts.map((name) => partOf(directory, name)));
  const manifest: BundleManifest = { schemaVersion: 1, ...about, parts };
  await writeFile(join(directory, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  const partial = `${file}.partial`;
  const same = ["--format=ustar", "--owner=0", "--group=0", "--numeric-owner", "--mode=0644", "--mtime=@0"];
  const names = [manifestName, ...its.parts];
  try {
    await runTar(processes, {
      args: ["--create", `--file=${partial}`, "--force-local", `--directory=${directory}`, ...same, ...names],
      signal,
      path: file,
      doing: "writing the bundle",
    });
    await settle(partial);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function partOf(directory: string, name: string): Promise<BundlePart> {
  const path = join(directory, name);
  const { size } = await stat(path);
  return { name, bytes: size, sha256: await sha256Of(createReadStream(path)) };
}

/** On the disk, for a stick that is pulled out. */
async function settle(file: string): Promise<void> {
  await using handle = await open(file, "r+");
  await handle.chmod(mode);
  await handle.sync();
}
