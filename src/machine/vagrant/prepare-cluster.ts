import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import { renderVagrantfile } from "../../render/vagrantfile.ts";
import type { StepProgress } from "../../steps.ts";
import { pathExists, readText } from "../../system/files.ts";
import { findBakedBoxes, resolveBox, type Box } from "./boxes.ts";
import { vagrantLayout } from "./layout.ts";
import { libvirtDriver } from "./libvirt-problems.ts";
import { messageOf } from "./machine-readable.ts";
import { callVagrant } from "./vagrant-cli.ts";
import { vagrantHome, type VagrantHost } from "./vagrant-host.ts";

/** Makes what a cluster's machines share: its directory with the Vagrantfile, and the box. Idempotent. */
export async function prepareCluster(
  host: VagrantHost,
  provider: VagrantProviderName,
  cluster: Cluster,
  progress: StepProgress,
): Promise<string | undefined> {
  const layout = vagrantLayout(host.home, provider, cluster.name);
  await writeIfChanged(layout.vagrantfile, await renderCluster(host, provider, cluster));
  return ensureBox({ host, provider, cluster, progress });
}

/** The Vagrantfile that this cluster has on this host. */
export async function renderCluster(
  host: VagrantHost,
  provider: VagrantProviderName,
  cluster: Cluster,
): Promise<string> {
  const [template, box, driver, hostResolver] = await Promise.all([
    readFile(join(host.templates, "Vagrantfile.hbs"), "utf8"),
    boxOf(host, provider, cluster),
    provider === "libvirt" ? libvirtDriver(host) : "kvm",
    needsHostResolver(host),
  ]);
  const own = cluster.owner === undefined ? {} : { localFile: join(cluster.owner, "Vagrantfile.local") };
  const emulated = driver === "qemu";
  return renderVagrantfile({ cluster, provider, box, emulated, hostResolver, ...own }, template);
}

async function boxOf(host: VagrantHost, provider: VagrantProviderName, cluster: Cluster): Promise<Box> {
  const bakedBoxes = await findBakedBoxes(vagrantHome(host), provider);
  const { architecture } = host.facts;
  const box = resolveBox({ provider, architecture, cluster, bakedBoxes });
  if (box !== undefined) return box;
  throw new FailureError({
    kind: "usage",
    message: `there is no maintained box for ${provider} on ${architecture}`,
    remedy: "Set `box` in swarmlab.yaml to one that you have, or choose another provider.",
  });
}

/** A resolver on the loopback address, as systemd-resolved is, answers nobody but its own computer; macOS and Windows have theirs change with a VPN. */
async function needsHostResolver({ facts, readText: read }: VagrantHost): Promise<boolean> {
  if (facts.platform !== "linux") return true;
  return /^nameserver\s+(?:127\.|::1)/m.test((await read("/etc/resolv.conf")) ?? "");
}

/** Vagrant must not see half a file, and a file that stays the same keeps its time. */
async function writeIfChanged(file: string, content: string): Promise<void> {
  if ((await readText(file)) === content) return;
  await writeFile(`${file}.partial`, content);
  await rename(`${file}.partial`, file);
}

async function ensureBox(its: {
  readonly host: VagrantHost;
  readonly provider: VagrantProviderName;
  readonly cluster: Cluster;
  readonly progress: StepProgress;
}): Promise<string | undefined> {
  const { host, provider, cluster, progress } = its;
  const box = await boxOf(host, provider, cluster);
  const directory = join(vagrantHome(host), "boxes", box.name.replaceAll("/", "-VAGRANTSLASH-"));
  if (await pathExists(box.version === undefined ? directory : join(directory, box.version)))
    return undefined;
  const version = box.version === undefined ? [] : ["--box-version", box.version];
  progress.report(`fetching the box ${box.name}`);
  await callVagrant({
    host,
    provider,
    layout: vagrantLayout(host.home, provider, cluster.name),
    args: ["box", "add", box.name, "--provider", provider, ...version],
    signal: progress.signal,
    onEvent: (event) => progress.report(messageOf(event) ?? `fetching the box ${box.name}`),
  });
  return `box ${box.name} fetched`;
}
