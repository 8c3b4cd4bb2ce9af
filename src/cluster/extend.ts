import { addressOf } from "./addresses.ts";
import type { Cluster, MachineSpec } from "./cluster.ts";
import { daemonOptionsOf } from "./daemon-layers.ts";
import { compareMachineNames, parseMachineName } from "./machine-name.ts";
import { parseSubnet } from "./subnet.ts";

/**
 * The cluster with machines added that exist but that it does not ask for; role, address and daemon options follow from the name, limits from a
 * machine that is asked for. Names that no machine of this subnet can have are left out.
 */
export function withMachines(cluster: Cluster, names: readonly string[]): Cluster {
  const known = new Set(cluster.machines.map(({ name }) => name));
  const extra = [...new Set(names)]
    .filter((name) => !known.has(name))
    .flatMap((name) => extraMachine(cluster, name));
  const machines = [...cluster.machines, ...extra].toSorted((a, b) => compareMachineNames(a.name, b.name));
  return { ...cluster, machines };
}

function extraMachine({ subnet, machines, daemon }: Cluster, name: string): readonly MachineSpec[] {
  const role = parseMachineName(name)?.role;
  const network = parseSubnet(subnet);
  const address = network && addressOf(network, name);
  if (role === undefined || address === undefined) return [];
  const sibling = machines.find((machine) => machine.role === role);
  return [{ ...sibling, name, role, address, labels: {}, daemon: daemonOptionsOf(daemon, { name, role }) }];
}

/** The cluster without these machines; nobody asks for them. */
export function withoutMachines(cluster: Cluster, names: readonly string[]): Cluster {
  const isLeft = (name: string): boolean => !names.includes(name);
  const { hosts } = cluster;
  return {
    ...cluster,
    machines: cluster.machines.filter(({ name }) => isLeft(name)),
    ...(hosts && { hosts: Object.fromEntries(Object.entries(hosts).filter(([name]) => isLeft(name))) }),
  };
}

/** The cluster moved to another subnet: each machine keeps its place in it. The subnet has room for all. */
export function withSubnet(cluster: Cluster, subnet: string): Cluster {
  const network = parseSubnet(subnet);
  const machines = cluster.machines.map((machine) => ({
    ...machine,
    address: (network && addressOf(network, machine.name)) ?? machine.address,
  }));
  return { ...cluster, subnet, machines };
}

/** The cluster with machines at the addresses that they really have. */
export function withAddresses(cluster: Cluster, addresses: ReadonlyMap<string, string | undefined>): Cluster {
  const machines = cluster.machines.map((machine) => ({
    ...machine,
    address: addresses.get(machine.name) ?? machine.address,
  }));
  return { ...cluster, machines };
}
