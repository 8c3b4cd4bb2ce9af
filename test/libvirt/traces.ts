import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { virshNames, volumes } from "./virsh.ts";

/** All that this host has of a cluster of VMs, one line for each thing, sorted: `volume swarmlab-lab-node1.img`. It looks by its own means. */
export async function findVmTraces(home: string, cluster: string): Promise<readonly string[]> {
  const own = (names: readonly string[]): readonly string[] =>
    names.filter((name) => name === `swarmlab-${cluster}` || name.startsWith(`swarmlab-${cluster}-`));
  const [domains, networks, disks, directories] = await Promise.all([
    virshNames("list", "--all"),
    virshNames("net-list", "--all"),
    volumes(),
    readdir(join(home, "libvirt")).catch((): string[] => []),
  ]);
  return [
    ...own(domains).map((name) => `domain ${name}`),
    ...own(networks).map((name) => `network ${name}`),
    ...own(disks.map(({ name }) => name)).map((name) => `volume ${name}`),
    ...directories.filter((name) => name === cluster).map((name) => `directory ${name}`),
  ].sort();
}
