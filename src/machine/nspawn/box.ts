import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import type { DockerSpec } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import { withLock } from "../../state/lock.ts";
import type { StepProgress } from "../../steps.ts";
import { filesBelow, hasCode, pathExists } from "../../system/files.ts";
import { boxPackages } from "./box-packages.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** Raised when a box is made in another way than before and its inputs do not show it. */
const recipeVersion = 4;

/** The box for this engine on this host: where it is, or will be. Its name is made of all that goes into it. */
export interface Box {
  readonly tree: string;
  readonly ready: boolean;
}

/** A ready box is a tree that was renamed into place when it was whole. */
export async function findBox(host: NspawnHost, docker: DockerSpec): Promise<Box> {
  const tree = join(host.home, "boxes", await recipeHash(host, docker));
  return { tree, ready: await pathExists(tree) };
}

/**
 * What makes a box fit for this engine, whichever host it was built on: all that goes into it but the host's own package sources. A hash.
 */
export async function portableRecipe(host: NspawnHost, docker: DockerSpec): Promise<string> {
  const { channel, version } = docker;
  const what = [recipeVersion, arch(), boxPackages, channel, version ?? null];
  return hashOf(JSON.stringify(what), await filesBelow(join(host.templates, "box")));
}

/**
 * Puts the box into its place with `fill`, which makes the tree at the path that it is given; one at a time.
 * @throws FailureError what `fill` throws, `disk-full`; nothing half-made stays behind.
 */
export async function placeBox(its: {
  readonly host: NspawnHost;
  readonly docker: DockerSpec;
  readonly progress: StepProgress;
  /** `building the box`, should the disk be full. */
  readonly doing: string;
  readonly fill: (partial: string) => Promise<void>;
}): Promise<string> {
  const { host, progress } = its;
  const { tree } = await findBox(host, its.docker);
  await mkdir(join(host.home, "boxes"), { recursive: true, mode: 0o711 });
  return withLock(
    {
      name: `boxes ${host.home}`,
      signal: progress.signal,
      clock: host.clock,
      onWait: (owner) => progress.report(`waiting for ${owner}, which builds a box`),
    },
    async () => {
      if (await pathExists(tree)) return tree;
      await removePartialBoxes(host);
      const partial = `${tree}.partial`;
      try {
        await its.fill(partial);
        await rename(partial, tree);
      } catch (error) {
        await rm(partial, { recursive: true, force: true });
        throw hasCode(error, "ENOSPC") ? diskFull(host.home, its.doing) : error;
      }
      return tree;
    },
  );
}

async function recipeHash(host: NspawnHost, docker: DockerSpec): Promise<string> {
  const inputs = [
    "/etc/os-release",
    "/etc/apt/sources.list",
    ...(await filesBelow("/etc/apt/sources.list.d")),
  ];
  const what = JSON.stringify([recipeVersion, arch(), boxPackages, docker]);
  return hashOf(what, [...inputs, ...(await filesBelow(join(host.templates, "box")))]);
}

async function hashOf(what: string, files: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(what);
  for (const file of files) hash.update(await readFile(file, "utf8").catch(() => ""));
  return hash.digest("hex").slice(0, 16);
}

/** Of earlier builds that were killed: only one build runs at a time. */
async function removePartialBoxes(host: NspawnHost): Promise<void> {
  const boxes = join(host.home, "boxes");
  const partial = (await readdir(boxes)).filter((entry) => entry.endsWith(".partial"));
  for (const entry of partial) await rm(join(boxes, entry), { recursive: true, force: true });
}

function diskFull(path: string, doing: string): FailureError {
  return new FailureError({ kind: "disk-full", path, doing });
}
