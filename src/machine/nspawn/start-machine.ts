import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster, MachineSpec } from "../../cluster/cluster.ts";
import { parseSubnet } from "../../cluster/subnet.ts";
import { pathExists } from "../../system/files.ts";
import { findBox } from "./box.ts";
import { thawMachine } from "./freezer.ts";
import { launchMachine } from "./launch.ts";
import { clusterLayout, machineLayout, type MachineLayout } from "./layout.ts";
import { makeMachineFiles } from "./machine-files.ts";
import { findInit, killProcesses, type ProcessFinder } from "./machine-processes.ts";
import { hasOldNameServers, hostNameServers, machineResolvConf, renewNameServers } from "./name-servers.ts";
import { ensureNamespace } from "./network.ts";
import type { NspawnHost } from "./nspawn-host.ts";
import { gatewayOf } from "./prepare-cluster.ts";
import { readMachineRecord } from "./records.ts";

/** What is asked for under this name, and where its parts are. */
export interface MachinePlace {
  readonly spec: MachineSpec;
  readonly machine: MachineLayout;
}

export function placeOf(host: NspawnHost, cluster: Cluster, name: string): MachinePlace {
  const spec = cluster.machines.find((candidate) => candidate.name === name);
  const [network, own] = [parseSubnet(cluster.subnet), parseSubnet(spec?.address ?? "")];
  if (spec === undefined || network === undefined || own === undefined) {
    throw new Error(`no machine ${name} in the cluster`);
  }
  return { spec, machine: machineLayout(host.home, cluster.name, name, own.first - network.first) };
}

/** Makes the machine exist and start, whatever is there of it. Returns what it did. */
export async function startMachine(
  host: NspawnHost & { readonly finder: ProcessFinder },
  cluster: Cluster,
  name: string,
): Promise<string> {
  const { spec, machine } = placeOf(host, cluster, name);
  const hasNamespace = (): Promise<boolean> => pathExists(`/run/netns/${machine.namespace}`);
  // The record before anything is ended: a machine whose record is damaged cannot be started again.
  const [processes, made, connected] = await Promise.all([
    host.finder.find(cluster.name),
    readMachineRecord(machine.directory),
    hasNamespace(),
  ]);
  const pids = processes.get(name);
  const nameServers = await hostNameServers(host.warn);
  if (pids !== undefined && made !== undefined && connected) {
    const renewed = await renewWhileRunning(machine, pids, nameServers);
    return renewed ? "already running, name servers renewed" : "already running";
  }
  if (pids !== undefined) {
    await thawMachine(host, cluster.name, name);
    await killProcesses({ ...host, cluster: cluster.name, machine: name });
  }
  const box = made?.box ?? cluster.box ?? (await findBox(host, cluster.docker)).tree;
  if (made === undefined) await makeFiles({ host, cluster, spec, machine, box, nameServers });
  else await renewNameServers(upperOf(machine), nameServers);
  const gateway = gatewayOf(cluster);
  const [namespace, link, master] = await Promise.all([
    hasNamespace(),
    pathExists(`/sys/class/net/${machine.link}`),
    pathExists(`/sys/class/net/${machine.link}/master`),
  ]);
  await ensureNamespace(host.processes, {
    bridge: clusterLayout(host.home, cluster.name).bridge,
    machine,
    address: `${spec.address}/${gateway.prefix}`,
    gateway: gateway.address,
    present: { namespace, link, master },
  });
  await launchMachine({ host, cluster: cluster.name, machine, box, limits: spec });
  return made === undefined ? "created" : "started";
}

async function makeFiles(its: {
  readonly host: NspawnHost;
  readonly cluster: Cluster;
  readonly spec: MachineSpec;
  readonly machine: MachineLayout;
  readonly box: string;
  readonly nameServers: string | undefined;
}): Promise<void> {
  const { host, cluster, spec, machine, box, nameServers } = its;
  await rm(machine.directory, { recursive: true, force: true });
  await makeMachineFiles(machine, {
    address: spec.address,
    box,
    hostNames: cluster.machines,
    authorizedKey: (await readFile(clusterLayout(host.home, cluster.name).publicKeyFile, "utf8")).trim(),
    resolvConf: machineResolvConf(nameServers),
  });
}

/** What the machine has of its own above the box. */
const upperOf = ({ directory }: MachineLayout): string => join(directory, "upper");

/** What an overlay is made of is only read while it is mounted: the machine itself shows where it can be written. */
async function renewWhileRunning(
  machine: MachineLayout,
  pids: readonly number[],
  nameServers: string | undefined,
): Promise<boolean> {
  if (!(await hasOldNameServers(upperOf(machine), nameServers))) return false;
  const init = findInit(pids);
  return init !== undefined && renewNameServers(`/proc/${init}/root`, nameServers);
}
