import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import type { DockerSpec } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import { withLock } from "../../state/lock.ts";
import type { StepProgress } from "../../steps.ts";
import { hasCode, pathExists } from "../../system/files.ts";
import { boxPackages } from "./box-packages.ts";
import { furnishBox } from "./furnish-box.ts";
import { findPackageSources } from "./package-sources.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** Raised when a box is made in another way than before and its inputs do not show it. */
const recipeVersion = 2;
/** Room that a build wants free before it starts: the tree takes about 600, the build some more for a while. */
export const boxNeedsMiB = 1200;

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
 * Builds the box with mmdebstrap from the host's own package sources.
 * @throws FailureError `box-build`, `disk-full`; nothing half-made stays behind.
 */
export async function buildBox(
  host: NspawnHost,
  docker: DockerSpec,
  progress: StepProgress,
): Promise<string> {
  const { tree } = await findBox(host, docker);
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
        await bootstrap({ host, docker, partial, progress });
        await furnishBox(host, partial);
        await rename(partial, tree);
      } catch (error) {
        await rm(partial, { recursive: true, force: true });
        throw hasCode(error, "ENOSPC") ? diskFull(host.home) : error;
      }
      return tree;
    },
  );
}

async function recipeHash(host: NspawnHost, docker: DockerSpec): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([recipeVersion, arch(), boxPackages, docker]));
  const inputs = [
    "/etc/os-release",
    "/etc/apt/sources.list",
    ...(await filesBelow("/etc/apt/sources.list.d")),
  ];
  for (const file of [...inputs, ...(await filesBelow(join(host.templates, "box")))]) {
    hash.update(await readFile(file, "utf8").catch(() => ""));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Of earlier builds that were killed: only one build runs at a time. */
async function removePartialBoxes(host: NspawnHost): Promise<void> {
  const boxes = join(host.home, "boxes");
  const partial = (await readdir(boxes)).filter((entry) => entry.endsWith(".partial"));
  for (const entry of partial) await rm(join(boxes, entry), { recursive: true, force: true });
}

async function bootstrap(options: {
  readonly host: NspawnHost;
  readonly docker: DockerSpec;
  readonly partial: string;
  readonly progress: StepProgress;
}): Promise<void> {
  const { host, docker, partial, progress } = options;
  const log = join(host.home, "box-build.log");
  const lines: string[] = [];
  const sources = await findPackageSources(host.processes, docker);
  const result = await host.processes.tryRun({
    argv: [
      ...dieWithParent,
      ...mmdebstrap([...boxPackages, ...sources.engine], sources.suite, partial),
      ...sources.lines,
    ],
    signal: progress.signal,
    // `unshare --fork` does not heed SIGTERM, and all that it has made is thrown away.
    graceMs: 0,
    onLine: (line) => {
      lines.push(line);
      if (line.startsWith("I: ")) progress.report(line.slice(3));
    },
  });
  if (result.exitCode === 0) return;
  const output = lines.join("\n");
  await writeFile(log, output);
  throw explainBuild({ output, log, path: host.home });
}

/** The build and all that it starts and mounts goes away when this program does, however it ends. */
const dieWithParent = [
  "setpriv",
  "--pdeathsig=KILL",
  "unshare",
  "--mount",
  "--propagation=private",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
] as const;

function mmdebstrap(packages: readonly string[], suite: string, target: string): readonly string[] {
  return ["mmdebstrap", "--mode=root", "--variant=minbase", `--include=${packages.join(",")}`, suite, target];
}

function explainBuild({ output, log, path }: { output: string; log: string; path: string }): FailureError {
  if (/No space left on device|not enough free space/i.test(output)) {
    return diskFull(path);
  }
  const offline =
    /Could not (?:resolve|connect)|Temporary failure|Unable to connect|Failed to fetch|Connection (?:refused|timed out)/i;
  return new FailureError({
    kind: "box-build",
    reason: offline.test(output) ? "a package source of this host does not answer" : "mmdebstrap failed",
    logTail: output.split("\n").slice(-12).join("\n"),
    log,
    remedy: offline.test(output)
      ? "Check the network and the proxy with: apt-get update"
      : "Read the log; then run the same command again, it starts the build afresh.",
  });
}

function diskFull(path: string): FailureError {
  return new FailureError({ kind: "disk-full", path, doing: "building the box" });
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
