import { pathExists } from "../../system/files.ts";
import { mountPoints } from "../../system/mounts.ts";
import { findCgroups, type CgroupHost } from "./cgroups.ts";
import { findRules } from "./firewall.ts";
import { findZone } from "./firewalld.ts";
import { detectCgroupHost } from "./launch.ts";
import { clusterLayout } from "./layout.ts";
import { findHealers } from "./healers.ts";
import { findProcesses } from "./machine-processes.ts";
import { findLinks, findNamespaces } from "./network.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** All that is really there of a cluster on this host, found by looking and not by what a file remembers. */
export interface Traces {
  readonly pids: readonly number[];
  readonly mounts: readonly string[];
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly rules: readonly string[];
  /** Zones of firewalld that its bridge is in. */
  readonly zones: readonly string[];
  readonly cgroups: readonly string[];
  readonly directories: readonly string[];
}

export async function findTraces(host: NspawnHost, cluster: string): Promise<Traces> {
  const layout = clusterLayout(host.home, cluster);
  const [mounts, namespaces, links, rules, zone, cgroups, directoryExists] = await Promise.all([
    findMounts(layout.directory),
    findNamespaces(host.processes, layout.namespacePrefix),
    findLinks(host.processes, layout.linkPrefix),
    findRules(host.processes, layout.ruleComment),
    findZone(host.processes, layout.bridge),
    detectCgroupHost().then((kind) => findCgroups(hierarchiesOf(kind), layout.cgroup)),
    pathExists(layout.directory),
  ]);
  return {
    pids: [...[...findProcesses(cluster).values()].flat(), ...findHealers(cluster)],
    mounts,
    namespaces,
    links,
    rules,
    zones: zone ? [zone] : [],
    cgroups,
    directories: directoryExists ? [layout.directory] : [],
  };
}

/** One line for each thing: `process 4711`. */
export function describeTraces(traces: Traces): readonly string[] {
  const kinds = [
    ["process", traces.pids],
    ["mount", traces.mounts],
    ["network namespace", traces.namespaces],
    ["link", traces.links],
    ["firewall rule", traces.rules],
    ["firewalld zone", traces.zones],
    ["cgroup", traces.cgroups],
    ["directory", traces.directories],
  ] as const;
  return kinds.flatMap(([kind, items]) => items.map((item) => `${kind} ${item}`));
}

/** Where cgroups of machines can be; systemd removes those of its units itself. */
export function hierarchiesOf(host: CgroupHost): readonly string[] {
  return host.kind === "systemd" ? [] : host.hierarchies;
}

/** Mount points below a directory in this mount namespace, deepest first. */
export async function findMounts(directory: string): Promise<readonly string[]> {
  return (await mountPoints()).filter((point) => point.startsWith(`${directory}/`)).toReversed();
}
