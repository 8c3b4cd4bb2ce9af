import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { formatSize } from "../../cluster/format-size.ts";
import { FailureError } from "../../failure.ts";
import { pathExists } from "../../system/files.ts";
import type { MediumWork, SnapshotMedium } from "../snapshot-medium.ts";
import type { Snapshot } from "../provider.ts";
import { entriesOf } from "../snapshot-record.ts";
import { removeCgroup } from "./cgroups.ts";
import { canShareBlocks, copyTrees, missingRoom, sizeOf } from "./copy-tree.ts";
import { detectCgroupHost } from "./launch.ts";
import { clusterLayout } from "./layout.ts";
import { hierarchiesOf } from "./leftovers.ts";
import { findProcesses } from "./machine-processes.ts";
import { findLinks, findNamespaces, removeLinks, removeNamespaces } from "./network.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** What a machine is made of; `work` and `root` are the mount's own, and empty while it does not run. */
const copied = ["upper", "docker", "machine.json", "ssh_host_ed25519_key.pub"];
const mountPoints = ["work", "root"];

/**
 * Saves machines by copies of their files. A machine's mounts are in a mount namespace that ends with it: while it does not run, its directories hold
 * nothing but what is on the disk.
 */
export function nspawnMedium(host: NspawnHost): SnapshotMedium {
  const stateDirectory = ({ name }: Cluster): string => clusterLayout(host.home, name).directory;
  return {
    stateDirectory,
    refuse: (cluster, snapshot) => requireRoom(host, stateDirectory(cluster), snapshot),
    save: async (work) => {
      await copyCluster(host, work, { from: stateDirectory(work.cluster), into: work.directory });
      return sizeOf(host.processes, [work.directory]);
    },
    prepare: (work) => copyCluster(host, work, { from: work.directory, into: work.into }),
    revert: ({ cluster }) => removeNetworks(host, cluster.name),
    discard: () => Promise.resolve(),
    isWhole: () => Promise.resolve(true),
  };
}

/** @throws FailureError `prerequisite` */
async function requireRoom(
  { processes }: NspawnHost,
  directory: string,
  snapshot: Snapshot | undefined,
): Promise<void> {
  const parts = ["machines", "tls"].map((name) => join(directory, name));
  const needed = snapshot?.bytes ?? (await sizeOf(processes, await present(parts)));
  const { free, missing } = await missingRoom(directory, needed);
  if (missing === 0 || (await canShareBlocks(processes, directory))) return;
  const doing = snapshot === undefined ? "a snapshot of this cluster" : `a copy of ${snapshot.name}`;
  throw new FailureError({
    kind: "prerequisite",
    problems: [
      {
        severity: "error",
        what: `${doing} takes ${formatSize(needed)}, and ${formatSize(free)} are free on the disk`,
        where: directory,
        remedy: `Make room for ${formatSize(missing)} more: swarmlab snapshot list, then swarmlab snapshot delete NAME.`,
      },
    ],
  });
}

/** All machines, and the certificates. */
async function copyCluster(
  host: NspawnHost,
  { cluster, progress }: MediumWork,
  { from, into }: { readonly from: string; readonly into: string },
): Promise<void> {
  // Copies of what is mounted would be of another moment, and of another tree.
  if (findProcesses(cluster.name).size > 0) throw new Error(`machines of ${cluster.name} run`);
  const copy = { processes: host.processes, signal: progress.signal };
  await mkdir(join(into, "machines"), { mode: 0o700 });
  for (const machine of await entriesOf(join(from, "machines"))) {
    progress.report(machine);
    const [source, target] = [join(from, "machines", machine), join(into, "machines", machine)];
    await mkdir(target);
    const parts = copied.map((part) => join(source, part));
    await copyTrees({ ...copy, from: parts, into: target, doing: `copying ${machine}` });
    for (const part of mountPoints) await mkdir(join(target, part));
  }
  const certificates = await present([join(from, "tls")]);
  // An empty directory replaces certificates that came later.
  if (certificates.length === 0) await mkdir(join(into, "tls"), { mode: 0o700 });
  else await copyTrees({ ...copy, from: certificates, into, doing: "copying certificates" });
}

/** What the host has of machines that do not run; those that are started make it anew. */
async function removeNetworks({ home, processes, clock }: NspawnHost, cluster: string): Promise<void> {
  const { namespacePrefix, linkPrefix, bridge, cgroup } = clusterLayout(home, cluster);
  await removeNamespaces(processes, await findNamespaces(processes, namespacePrefix));
  const links = await findLinks(processes, linkPrefix);
  await removeLinks(
    processes,
    links.filter((link) => link !== bridge),
  );
  await removeCgroup(hierarchiesOf(await detectCgroupHost()), cgroup, clock);
}

async function present(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map(pathExists));
  return paths.filter((_, index) => found[index]);
}
