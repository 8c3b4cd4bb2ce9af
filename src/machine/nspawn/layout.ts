import { createHash } from "node:crypto";
import { join } from "node:path";

/** Where the parts of one machine are. */
export interface MachineLayout {
  readonly name: string;
  readonly directory: string;
  /** Built here and renamed to `directory` when whole. */
  readonly partialDirectory: string;
  readonly consoleLog: string;
  /** Name for `ip netns`. */
  readonly namespace: string;
  /** The host's end of the veth pair. */
  readonly link: string;
  /** Relative to the root of each cgroup hierarchy. */
  readonly cgroup: string;
  /** systemd unit, on hosts that run systemd. */
  readonly unit: string;
}

/** Where the parts of one cluster are, and what they are called on the host. All names come from the cluster's own. */
export interface ClusterLayout {
  readonly directory: string;
  readonly machinesDirectory: string;
  readonly privateKeyFile: string;
  readonly publicKeyFile: string;
  readonly bridge: string;
  /** Begins the name of each link of the cluster, the bridge included. At most 15 characters fit in a link's name. */
  readonly linkPrefix: string;
  readonly namespacePrefix: string;
  /** Relative to the root of each cgroup hierarchy. */
  readonly cgroup: string;
  /** Comment on each of the cluster's firewall rules. */
  readonly ruleComment: string;
}

/** Root of all clusters' cgroups, relative to the root of a hierarchy. */
export const cgroupRoot = "swarmlab";

export const clustersDirectory = (home: string): string => join(home, "clusters");

export function clusterLayout(home: string, cluster: string): ClusterLayout {
  const directory = join(clustersDirectory(home), cluster);
  const linkPrefix = `sl${createHash("sha256").update(cluster).digest("hex").slice(0, 7)}`;
  return {
    directory,
    machinesDirectory: join(directory, "machines"),
    privateKeyFile: join(directory, "id_ed25519"),
    publicKeyFile: join(directory, "id_ed25519.pub"),
    bridge: linkPrefix,
    linkPrefix,
    namespacePrefix: `swarmlab-${cluster}-`,
    cgroup: `${cgroupRoot}/${cluster}`,
    ruleComment: `swarmlab:${cluster}`,
  };
}

export function machineLayout(
  home: string,
  cluster: string,
  name: string,
  hostNumber: number,
): MachineLayout {
  const shared = clusterLayout(home, cluster);
  const directory = join(shared.machinesDirectory, name);
  return {
    name,
    directory,
    partialDirectory: `${directory}.partial`,
    consoleLog: join(directory, "console.log"),
    namespace: `${shared.namespacePrefix}${name}`,
    link: `${shared.linkPrefix}.${hostNumber}`,
    cgroup: `${shared.cgroup}/${name}`,
    unit: `swarmlab-${cluster}-${name}.service`,
  };
}

/** The machine of this cluster that a process belongs to by its `/proc/PID/cgroup`; undefined: none. */
export function machineOfCgroup(cluster: string, procCgroup: string): string | undefined {
  const match = new RegExp(
    `/swarmlab(?:/${cluster}/([a-z0-9]+)|-${cluster}-([a-z0-9]+)\\.service)(?:/|$)`,
    "m",
  ).exec(procCgroup);
  return match?.[1] ?? match?.[2];
}
