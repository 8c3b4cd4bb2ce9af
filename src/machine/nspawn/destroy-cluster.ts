import { rm } from "node:fs/promises";
import { FailureError } from "../../failure.ts";
import { hasCode } from "../../system/files.ts";
import { readClusterRecords } from "../cluster-record.ts";
import { forgetSnapshots } from "../keep-snapshots.ts";
import { removeCgroup, removeEmptyCgroup } from "./cgroups.ts";
import { removeRules } from "./firewall.ts";
import { leaveZone } from "./firewalld.ts";
import { thawMachine } from "./freezer.ts";
import { endHealers } from "./healers.ts";
import { restoreHostSettings } from "./host-settings.ts";
import { detectCgroupHost } from "./launch.ts";
import { cgroupRoot, clusterLayout, clustersDirectory } from "./layout.ts";
import { describeTraces, findTraces, hierarchiesOf } from "./leftovers.ts";
import { findProcesses, killProcesses } from "./machine-processes.ts";
import { removeLinks, removeNamespaces } from "./network.ts";
import type { NspawnHost } from "./nspawn-host.ts";
import { removeClusterFiles } from "./remove-cluster-files.ts";

/**
 * Removes all that is really there of a cluster; with the last one, what all of them share. The boxes stay for the next one.
 * @throws FailureError `leftovers`
 */
export async function destroyCluster(host: NspawnHost, cluster: string): Promise<void> {
  const { home, processes, clock } = host;
  const layout = clusterLayout(home, cluster);
  await endHealers(host, cluster);
  for (const name of findProcesses(cluster).keys()) await thawMachine(host, cluster, name);
  await killProcesses({ cluster, processes, clock });
  const found = await findTraces(host, cluster);
  for (const mount of found.mounts) await processes.run({ argv: ["umount", mount] });
  await removeNamespaces(processes, found.namespaces);
  await removeLinks(processes, found.links);
  for (const zone of found.zones) await leaveZone(processes, layout.bridge, zone);
  await removeRules(processes, found.rules);
  const hierarchies = hierarchiesOf(await detectCgroupHost());
  await removeCgroup(hierarchies, layout.cgroup, clock);
  await forgetSnapshots(layout.directory);
  await removeClusterFiles(layout);
  if ((await readClusterRecords(clustersDirectory(home))).size === 0) {
    await rm(clustersDirectory(home), { recursive: true, force: true }).catch(unlessMounted);
    // Another SWARMLAB_HOME has clusters of its own.
    if (await removeEmptyCgroup(hierarchies, cgroupRoot)) await restoreHostSettings(host);
  }
  const left = describeTraces(await findTraces(host, cluster));
  if (left.length > 0) throw new FailureError({ kind: "leftovers", cluster, items: left });
}

/** A disk of its own for all clusters stays where it is. */
function unlessMounted(error: unknown): void {
  if (!hasCode(error, "EBUSY")) throw error;
}
