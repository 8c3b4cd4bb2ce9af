import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DockerSpec } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { StepProgress } from "../../steps.ts";
import { boxPackages } from "./box-packages.ts";
import { placeBox } from "./box.ts";
import { furnishBox } from "./furnish-box.ts";
import { findPackageSources } from "./package-sources.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** Room that a build wants free before it starts: the tree takes about 600, the build some more for a while. */
export const boxNeedsMiB = 1200;
const doing = "building the box";

/**
 * Builds the box with mmdebstrap from the host's own package sources.
 * @throws FailureError `box-build`, `disk-full`; nothing half-made stays behind.
 */
export function buildBox(host: NspawnHost, docker: DockerSpec, progress: StepProgress): Promise<string> {
  const fill = async (partial: string): Promise<void> => {
    // A build that is killed leaves its temporary files: here the next one finds them.
    const temporary = partial.replace(/\.partial$/, ".tmp.partial");
    await mkdir(temporary, { mode: 0o700 });
    try {
      await bootstrap({ host, docker, partial, temporary, progress });
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    await furnishBox(host, partial);
  };
  return placeBox({ host, docker, progress, doing, fill });
}

async function bootstrap(options: {
  readonly host: NspawnHost;
  readonly docker: DockerSpec;
  readonly partial: string;
  readonly temporary: string;
  readonly progress: StepProgress;
}): Promise<void> {
  const { host, docker, partial, temporary, progress } = options;
  const log = join(host.home, "box-build.log");
  const lines: string[] = [];
  const sources = await findPackageSources(host.processes, docker);
  const result = await host.processes.tryRun({
    argv: [
      ...dieWithParent,
      ...mmdebstrap([...boxPackages, ...sources.engine], sources.suite, partial),
      ...sources.lines,
    ],
    env: { TMPDIR: temporary },
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
    return new FailureError({ kind: "disk-full", path, doing });
  }
  const offline =
    /Could not (?:resolve|connect)|Temporary failure|Unable to connect|Failed to fetch|Connection (?:refused|timed out)/i;
  return new FailureError({
    kind: "box-build",
    reason: offline.test(output) ? "a package source of this host does not answer" : "mmdebstrap failed",
    logTail: output.split("\n").slice(-12).join("\n"),
    log,
    remedy: offline.test(output)
      ? "Check the network and the proxy with: apt-get update. Without a network, a bundle brings the box: swarmlab up --bundle FILE"
      : "Read the log; then run the same command again, it starts the build afresh.",
  });
}
