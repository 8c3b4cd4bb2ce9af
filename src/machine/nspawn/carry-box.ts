import { mkdir, readFile } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import type { Cluster, DockerSpec } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { StepProgress } from "../../steps.ts";
import { filesBelow } from "../../system/files.ts";
import { runTar } from "../../system/tar.ts";
import type { BundledBox } from "../bundle-manifest.ts";
import { readPart, verifyPart, type Bundle } from "../bundle.ts";
import { findBox, placeBox, portableRecipe } from "./box.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** The name of the box's part in a bundle. */
export const boxPart = "box.tar.gz";

/** Room that a box takes, and some to spare. */
export const unpackedMiB = 700;

/** Owners by number, capabilities (ping's), access lists (the journal's): a box without them is another one. */
const faithfully = ["--numeric-owner", "--acls", "--xattrs", "--xattrs-include=*"];
/** The same tree always gives the same bytes: no order, no time of reading and no process id of its own. */
const reproducibly = [
  "--format=posix",
  "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
  "--sort=name",
];
/** Of the host where the box was built; each machine gets its own. */
const hostsOwn = ["etc/hostname", "etc/resolv.conf"];

/** The box that a bundle for this cluster carries. */
export async function describeBox(host: NspawnHost, { docker }: Cluster): Promise<BundledBox> {
  const { channel, version } = docker;
  return {
    architecture: arch(),
    docker: { channel, ...(version !== undefined && { version }) },
    recipe: await portableRecipe(host, docker),
  };
}

/**
 * Writes the tree of the cluster's box, which is there, as a compressed tar, without what belongs to this host alone.
 * gzip: every host has it. Its fastest level is twice as fast as the usual one, and the file a tenth larger.
 */
export async function packBox(its: {
  readonly host: NspawnHost;
  readonly docker: DockerSpec;
  readonly file: string;
  readonly progress: StepProgress;
}): Promise<void> {
  const { host, docker, file, progress } = its;
  const { tree } = await findBox(host, docker);
  const passwords = await sourcesWithPasswords(tree);
  if (passwords.length > 0)
    host.warn(`Left out of the bundle, because a password is in it: ${passwords.join(", ")}.`);
  const excluded = [...hostsOwn, ...passwords].map((path) => `--exclude=./${path}`);
  const compress = "--use-compress-program=gzip --fast --no-name";
  await runTar(host.processes, {
    args: [
      ...["--create", `--file=${file}`, `--directory=${tree}`, compress, "--one-file-system"],
      ...[...faithfully, ...reproducibly, "--anchored", ...excluded, "."],
    ],
    signal: progress.signal,
    path: host.home,
    doing: "packing the box",
  });
}

/** Unpacks the box of a bundle that fits the cluster into its place. @throws FailureError `bundle` where it is damaged, `disk-full` */
export function unpackBox(
  host: NspawnHost,
  docker: DockerSpec,
  { bundle, progress }: { readonly bundle: Bundle; readonly progress: StepProgress },
): Promise<string> {
  const doing = "unpacking the box";
  const fill = async (partial: string): Promise<void> => {
    progress.report(`checking ${bundle.file}`);
    await verifyPart(bundle, boxPart);
    progress.report(doing);
    await mkdir(partial);
    await runTar(host.processes, {
      args: [
        "--extract",
        "--gzip",
        "--file=-",
        `--directory=${partial}`,
        "--same-permissions",
        ...faithfully,
      ],
      stdin: readPart(bundle, boxPart),
      signal: progress.signal,
      path: host.home,
      doing,
    });
  };
  return placeBox({ host, docker, progress, doing, fill });
}

/** @throws FailureError `bundle` where this cluster needs another box on this host. */
export async function requireFittingBox(host: NspawnHost, cluster: Cluster, bundle: Bundle): Promise<void> {
  const wanted = await describeBox(host, cluster);
  const misfit = findMisfit(bundle, wanted);
  if (misfit !== undefined) throw new FailureError({ kind: "bundle", file: bundle.file, ...misfit });
}

function findMisfit({ file, manifest: { box, program } }: Bundle, wanted: BundledBox) {
  if (box.architecture !== wanted.architecture)
    return {
      what: "the bundle is for another kind of processor",
      why: `Its box runs on ${box.architecture}, and this computer is ${wanted.architecture}.`,
      remedy: "Make one on a computer of this kind: swarmlab bundle FILE.",
    };
  const [has, wants] = [box.docker, wanted.docker].map(dockerText);
  if (has !== wants)
    return {
      what: "the bundle has another Docker Engine than swarmlab.yaml asks for",
      why: `docker in its box: ${has ?? ""}; in swarmlab.yaml: ${wants ?? ""}.`,
      remedy: "Make one with this swarmlab.yaml: swarmlab bundle FILE. Or change docker in swarmlab.yaml.",
    };
  if (box.recipe === wanted.recipe) return undefined;
  return {
    what: "the box in the bundle was made in another way than this version of swarmlab makes it",
    why: `swarmlab ${program} made the bundle.`,
    remedy: `tar -xOf ${file} program.tar.gz | tar -xz   (unpacks the version that made it)`,
  };
}

function dockerText({ channel, version }: BundledBox["docker"]): string {
  return `channel ${channel}, ${version === undefined ? "any version" : `version ${version}`}`;
}

/** Package sources of the form `https://name:password@…`, relative to the tree. */
async function sourcesWithPasswords(tree: string): Promise<readonly string[]> {
  const files = ["etc/apt/sources.list", ...(await filesIn(tree, "etc/apt/sources.list.d"))];
  const texts = await Promise.all(files.map((file) => readFile(join(tree, file), "utf8").catch(() => "")));
  return files.filter((_, index) => /:\/\/[^\s/@]+@/.test(texts[index] ?? ""));
}

async function filesIn(tree: string, directory: string): Promise<readonly string[]> {
  return (await filesBelow(join(tree, directory))).map((file) => file.slice(tree.length + 1));
}
