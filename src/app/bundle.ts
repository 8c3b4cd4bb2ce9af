import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import type { BundledBox } from "../machine/bundle-manifest.ts";
import type { BoxCarrier } from "../machine/provider.ts";
import { writeBundle } from "../machine/write-bundle.ts";
import { runSteps } from "../run-steps.ts";
import { withLock } from "../state/lock.ts";
import { withScratchDirectory } from "../state/scratch-directory.ts";
import type { LeafStep, Step } from "../steps.ts";
import { isDirectory } from "../system/files.ts";
import { runTar } from "../system/tar.ts";
import { requireHealthyHost } from "./healthy-host.ts";
import { inspectLab, readCluster, type AskedCluster, type Lab, type LabOptions } from "./open-lab.ts";

/** A bundle that was written. */
export interface WrittenBundle {
  readonly schemaVersion: 1;
  /** Absolute path. */
  readonly file: string;
  readonly bytes: number;
  readonly box: BundledBox;
}

const programPart = "program.tar.gz";
/** What is installed of this program. */
const programFiles = ["LICENSE", "README.md", "dist", "labs", "package.json", "templates"];

/**
 * Writes one file with all that `up` and the labs need of the network: the box, which holds what the labs' images are made of, and this
 * program. Where `auto` would take a provider whose box cannot be carried, it is the first whose box can.
 * @throws FailureError `usage` for a provider whose box cannot be carried, and for a place where no file can be.
 */
export async function bundle(
  context: Context,
  options: LabOptions & { readonly file: string },
): Promise<WrittenBundle> {
  const file = resolve(context.host.workingDirectory, options.file);
  if (await isDirectory(file)) throw noFile(file, "is a directory");
  if (!(await isDirectory(dirname(file)))) throw noFile(file, "would be in a directory that does not exist");
  const { asked, carrier } = await withCarrier(context, await readCluster(context, options));
  const { lab } = await inspectLab(context, asked, ["read the box, parts of which only root can read"]);
  await requireHealthyHost(context, lab, { command: "swarmlab setup" });
  return await withWorkDirectory(context, carrier, () => makeBundle({ context, lab, carrier, file }));
}

async function withCarrier(
  context: Context,
  asked: AskedCluster,
): Promise<{ readonly asked: AskedCluster; readonly carrier: BoxCarrier }> {
  const { cluster } = asked;
  const { provider } = cluster;
  const found = (await context.providers()).find(({ name, carrier }) =>
    provider === "auto" ? carrier !== undefined : name === provider,
  );
  if (found?.carrier === undefined) throw notCarried(provider);
  return { asked: { ...asked, cluster: { ...cluster, provider: found.name } }, carrier: found.carrier };
}

async function withWorkDirectory<T>(
  { clock, signal, emit }: Context,
  { workDirectory }: BoxCarrier,
  work: () => Promise<T>,
): Promise<T> {
  const onWait = (owner: string): void =>
    emit({ type: "note", level: "info", text: `Waiting for ${owner}, which makes a bundle.` });
  return await withLock({ name: `bundle ${workDirectory}`, clock, signal, onWait }, () =>
    withScratchDirectory(workDirectory, work),
  );
}

interface Making {
  readonly context: Context;
  readonly lab: Lab;
  readonly carrier: BoxCarrier;
  /** Absolute path. */
  readonly file: string;
}

async function makeBundle(making: Making): Promise<WrittenBundle> {
  const { context, lab, carrier, file } = making;
  const box = await carrier.describe(lab.cluster);
  const steps = bundleSteps(making, box);
  await runSteps([{ id: "bundle", title: "Bundle", mode: "sequence", steps }], { ...context, maxWorkers: 1 });
  return { schemaVersion: 1, file, bytes: (await stat(file)).size, box };
}

function bundleSteps({ context, lab, carrier, file }: Making, box: BundledBox): readonly Step[] {
  const { cluster, provider } = lab;
  const { processes, host } = context;
  const directory = carrier.workDirectory;
  const about = { program: host.version, provider: provider.name, box };
  const parts = [programPart, carrier.part];
  const step = (id: string, title: string, run: LeafStep["run"]): Step => ({
    id: `bundle/${id}`,
    title,
    run,
  });
  return [
    step("box", "box", (progress) => carrier.ensureBox(cluster, progress)),
    step("pack", "pack the box", async (progress) => {
      await carrier.pack(cluster, join(directory, carrier.part), progress);
      return undefined;
    }),
    step("program", "pack the program", async ({ signal }) => {
      await packProgram(context, directory, signal);
      return undefined;
    }),
    step("write", `write ${file}`, async ({ signal }) => {
      await writeBundle({ processes, file, directory, parts, about, signal });
      return undefined;
    }),
  ];
}

async function packProgram(
  { processes, host }: Context,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const nobodys = ["--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", "--mtime=@0"];
  await runTar(processes, {
    args: [
      ...["--create", `--file=${join(directory, programPart)}`, `--directory=${host.packageDirectory}`],
      ...["--use-compress-program=gzip --no-name", "--format=ustar", "--sort=name", ...nobodys],
      ...["--transform=s,^,swarmlab/,", ...programFiles],
    ],
    signal,
    path: directory,
    doing: "packing the program",
  });
}

function notCarried(provider: string): FailureError {
  return new FailureError({
    kind: "usage",
    message: `a bundle carries the box of nspawn machines, and the machines of this cluster are made by ${provider}`,
    remedy:
      "swarmlab bundle --provider nspawn FILE. A Vagrant box is carried by hand: swarmlab box bake, vagrant box repackage, and vagrant box add on the other computer.",
  });
}

function noFile(file: string, why: string): FailureError {
  return new FailureError({
    kind: "usage",
    message: `the bundle cannot be written: ${file} ${why}`,
    remedy: "Name a file in a directory that exists: swarmlab bundle FILE.",
  });
}
