import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { addressOf } from "../../cluster/addresses.ts";
import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { parseSubnet } from "../../cluster/subnet.ts";
import { FailureError, type Problem } from "../../failure.ts";
import { readText } from "../../system/files.ts";
import { readClusterRecord } from "../cluster-record.ts";
import type { Inspection, Machine } from "../provider.ts";
import { findNetwork, listVms, machineOfVm, type Vm } from "./hypervisor.ts";
import {
  clustersDirectory,
  machineRecordFile,
  vagrantIdFile,
  vagrantLayout,
  type VagrantLayout,
} from "./layout.ts";
import { libvirtDriver } from "./libvirt-problems.ts";
import { readMachineRecord } from "./machine-record.ts";
import { damageOf } from "../record-file.ts";
import { callVagrant } from "./vagrant-cli.ts";
import type { VagrantHost } from "./vagrant-host.ts";

/**
 * Emulated machines compute 10 to 20 times slower; waits, of which much is not computing, took up to 6 times as long with two machines
 * on two busy cores (a daemon's start: 28 s).
 */
const emulatedPatience = 6;

/** A cluster's VMs: those that Vagrant knows, and those that only bear the cluster's name; and its network. */
export interface FoundVms {
  /** By machine; Vagrant knows their IDs. */
  readonly known: ReadonlyMap<string, Vm>;
  /** By machine, left over from an earlier life of the cluster. */
  readonly orphans: ReadonlyMap<string, Vm>;
  /** Where the hypervisor has one for this cluster alone. */
  readonly network?: string;
}

/** Subnet and machines of a cluster as they are on this host. */
export async function inspectCluster(
  host: VagrantHost,
  provider: VagrantProviderName,
  cluster: Cluster,
): Promise<Inspection> {
  const layout = vagrantLayout(host.home, provider, cluster.name);
  const [record, { known, orphans }, driver] = await Promise.all([
    readClusterRecord(clustersDirectory(host.home, provider), cluster.name),
    findVms(host, provider, cluster.name),
    provider === "libvirt" ? libvirtDriver(host) : "kvm",
  ]);
  const network = parseSubnet(record?.subnet ?? cluster.subnet);
  const machines = await Promise.all(
    [...known].map(async ([name, vm]) => {
      const address = network && addressOf(network, name);
      return { ...(await machineOf(layout, name, vm)), ...(address !== undefined && { address }) };
    }),
  );
  return {
    machines: [...machines, ...[...orphans].map(([name, vm]) => orphanOf(name, vm))],
    ...(record !== undefined && { subnet: record.subnet }),
    ...(driver === "qemu" && { patience: emulatedPatience }),
  };
}

/** VMs that bear the cluster's name and that Vagrant does not know: machines cannot be made beside them. */
export async function orphanProblems(
  host: VagrantHost,
  provider: VagrantProviderName,
  cluster: Cluster,
): Promise<readonly Problem[]> {
  const { orphans } = await findVms(host, provider, cluster.name);
  return [...orphans].map(([name, vm]) => ({
    severity: "error",
    what: orphanOf(name, vm).detail,
    where: name,
    why: "What Vagrant knew of it is lost, and with it the key that opens it.",
    remedy: "swarmlab destroy   (asks first, then removes it)",
  }));
}

/** @throws FailureError `process` where a hypervisor that has machines of this cluster does not answer. */
export async function findVms(
  host: VagrantHost,
  provider: VagrantProviderName,
  cluster: string,
): Promise<FoundVms> {
  const layout = vagrantLayout(host.home, provider, cluster);
  const ids = await readIds(layout, provider);
  const asked = await askHypervisor({ host, provider, cluster, ids });
  const { network, vms = await listByVagrant({ host, provider, layout, ids }) } = asked;
  const known = new Map(
    [...ids].flatMap(([machine, id]) => {
      const vm = vms.find((candidate) => candidate.id === id);
      return vm === undefined ? [] : [[machine, vm] as const];
    }),
  );
  const orphans = new Map(
    vms.flatMap((vm) => {
      const machine = machineOfVm(cluster, vm.name);
      return machine === undefined || known.get(machine)?.id === vm.id ? [] : [[machine, vm] as const];
    }),
  );
  return { known, orphans, ...(network !== undefined && { network }) };
}

/** IDs by machine, as Vagrant has them. */
async function readIds(
  layout: VagrantLayout,
  provider: VagrantProviderName,
): Promise<ReadonlyMap<string, string>> {
  const idFile = (machine: string): string => vagrantIdFile(layout, provider, machine);
  const machines = await readdir(dirname(dirname(dirname(idFile("any"))))).catch((): string[] => []);
  const ids = await Promise.all(
    machines.map(async (machine) => [machine, (await readText(idFile(machine)))?.trim() ?? ""] as const),
  );
  return new Map(ids.filter(([, id]) => id !== ""));
}

/** A hypervisor that is installed and does not run has nothing that matters, unless Vagrant knows of machines. */
async function askHypervisor(its: {
  readonly host: VagrantHost;
  readonly provider: VagrantProviderName;
  readonly cluster: string;
  readonly ids: ReadonlyMap<string, string>;
}): Promise<{ readonly vms: readonly Vm[] | undefined; readonly network: string | undefined }> {
  const { host, provider, cluster, ids } = its;
  try {
    const [vms, network] = await Promise.all([listVms(host, provider), findNetwork(host, provider, cluster)]);
    return { vms, network };
  } catch (error) {
    if (ids.size === 0) return { vms: [], network: undefined };
    if (!(error instanceof FailureError) || error.failure.kind !== "process") throw error;
    const remedy = "swarmlab doctor   (says what is wrong with it, and the cure)";
    throw new FailureError({ ...error.failure, remedy }, { cause: error });
  }
}

/** For hypervisors that are not asked themselves. */
async function listByVagrant(its: {
  readonly host: VagrantHost;
  readonly provider: VagrantProviderName;
  readonly layout: VagrantLayout;
  readonly ids: ReadonlyMap<string, string>;
}): Promise<readonly Vm[]> {
  const { ids, ...call } = its;
  if (ids.size === 0) return [];
  const { signal } = new AbortController();
  const events = await callVagrant({ ...call, args: ["status"], signal });
  return events.flatMap(({ type, target = "", data: [state = ""] }) => {
    const id = ids.get(target);
    if (type !== "state" || id === undefined || state === "not_created") return [];
    return [{ id, name: target, running: state === "running" }];
  });
}

async function machineOf(layout: VagrantLayout, name: string, vm: Vm): Promise<Machine> {
  try {
    const record = await readMachineRecord(machineRecordFile(layout, name));
    if (record?.id !== vm.id) return { name, state: "creating" };
    return { name, state: vm.running ? "running" : "stopped" };
  } catch (error) {
    return { name, state: "broken", detail: damageOf(error), beyondCreate: true };
  }
}

function orphanOf(name: string, vm: Vm): Machine & { readonly detail: string } {
  return {
    name,
    state: "broken",
    beyondCreate: true,
    detail: `the VM ${vm.name} is left over from an earlier cluster`,
  };
}
