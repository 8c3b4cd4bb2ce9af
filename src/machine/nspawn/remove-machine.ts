import { rm } from "node:fs/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import { pathExists } from "../../system/files.ts";
import { removeCgroup } from "./cgroups.ts";
import { thawMachine } from "./freezer.ts";
import { detectCgroupHost } from "./launch.ts";
import { findMounts, hierarchiesOf } from "./leftovers.ts";
import { killProcesses } from "./machine-processes.ts";
import { removeLinks, removeNamespaces } from "./network.ts";
import type { NspawnHost } from "./nspawn-host.ts";
import { placeOf } from "./start-machine.ts";

/** Removes all that is really there of one machine. What the cluster's machines share stays. */
export async function removeMachine(host: NspawnHost, cluster: Cluster, name: string): Promise<void> {
  const { processes, clock } = host;
  const { machine } = placeOf(host, cluster, name);
  await thawMachine(host, cluster.name, name);
  await killProcesses({ cluster: cluster.name, machine: name, processes, clock });
  const directories = [machine.directory, machine.partialDirectory];
  for (const directory of directories)
    for (const mount of await findMounts(directory)) await processes.run({ argv: ["umount", mount] });
  if (await pathExists(`/run/netns/${machine.namespace}`))
    await removeNamespaces(processes, [machine.namespace]);
  if (await pathExists(`/sys/class/net/${machine.link}`)) await removeLinks(processes, [machine.link]);
  await removeCgroup(hierarchiesOf(await detectCgroupHost()), machine.cgroup, clock);
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
}
