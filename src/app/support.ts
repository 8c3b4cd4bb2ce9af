import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Context } from "../context.ts";
import { configFileName } from "../cluster/load.ts";
import { readText } from "../system/files.ts";
import { doctor } from "./doctor.ts";
import { findLabDirectory, inspectLab, readCluster, type LabOptions } from "./open-lab.ts";
import { collectLab } from "./support-lab.ts";
import { SupportParts, type MissingPart } from "./support-parts.ts";
import { collectState } from "./support-state.ts";
import { readVersions } from "./support-versions.ts";
import { writeArchive } from "./write-archive.ts";

export interface SupportOptions extends LabOptions {
  /** File or directory to write to; undefined: the working directory. */
  readonly file?: string;
}

/** What `support --json` prints. */
export interface SupportReport {
  readonly schemaVersion: 1;
  /** Absolute path of the archive. */
  readonly file: string;
  /** Paths inside. */
  readonly files: readonly string[];
  /** What could not be had; the archive tells it as well. */
  readonly missing: readonly MissingPart[];
}

/**
 * Writes one archive with what others need to understand what is wrong here, without secrets. What cannot be had, because machines are down or the configuration is wrong,
 * is named in the archive. Changes nothing else.
 * @throws FailureError as `writeArchive`
 */
export async function support(context: Context, options: SupportOptions): Promise<SupportReport> {
  const parts = new SupportParts(context.signal);
  const directory = await findLabDirectory(context, options);
  const asked = await parts.attempt("cluster.json", () => readCluster(context, options));
  // What it says of the configuration was said above.
  const quiet: Context = { ...context, emit: () => undefined };
  await Promise.all([
    parts.add("versions.json", () => readVersions(context)),
    parts.add("os-release", () => readText("/etc/os-release")),
    parts.add(configFileName, () => readText(join(directory, configFileName))),
    parts.add("doctor.json", () => doctor(quiet, { ...options, fix: false })),
    collectState(parts, "state/lab", join(directory, ".swarmlab")),
    asked && collectCluster(context, parts, asked),
  ]);
  await parts.add("missing.json", () => ({ schemaVersion: 1, missing: parts.missing }));
  const name = archiveName(asked?.cluster.name ?? "unknown", new Date());
  const file = await fileFor(resolve(context.host.workingDirectory, options.file ?? "."), name);
  const { files, missing } = parts;
  const { processes, signal } = context;
  await writeArchive({ file, name, files, processes, signal });
  return { schemaVersion: 1, file, files: [...files.keys()].sort(), missing };
}

async function collectCluster(
  context: Context,
  parts: SupportParts,
  asked: Awaited<ReturnType<typeof readCluster>>,
): Promise<void> {
  const tasks = ["look at the machines"];
  const found = await parts.attempt("machines", () => inspectLab(context, asked, tasks));
  if (found === undefined) await parts.add("cluster.json", () => ({ cluster: asked.cluster }));
  else await collectLab(context, parts, found.lab);
}

/** `swarmlab-support-demo-20261125T101500Z` */
function archiveName(cluster: string, now: Date): string {
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `swarmlab-support-${cluster}-${time}`;
}

async function fileFor(path: string, name: string): Promise<string> {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isDirectory ? join(path, `${name}.tar.gz`) : path;
}
