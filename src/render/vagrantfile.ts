import type { Cluster, MachineSpec, VagrantProviderName } from "../cluster/cluster.ts";
import { parseSubnet } from "../cluster/subnet.ts";
import { rubyQuote } from "./ruby-quote.ts";
import { renderTemplate } from "./template.ts";

/** The size of a VM where the configuration says nothing: enough for Debian, dockerd and a few small tasks. */
export const defaultMemoryMiB = 1024;
export const defaultCpus = 1;

export interface VagrantfileOptions {
  readonly cluster: Cluster;
  readonly provider: VagrantProviderName;
  /** Name of a Vagrant box, and the version it is pinned to. */
  readonly box: { readonly name: string; readonly version?: string };
  /** libvirt: KVM cannot be used, so plain QEMU emulation is. */
  readonly emulated: boolean;
  /** VirtualBox: the VMs cannot reach the name server that this computer uses. */
  readonly hostResolver: boolean;
  /** Path of the person's own lines; undefined: `Vagrantfile.local` beside the file. */
  readonly localFile?: string;
}

/** The name that the hypervisor has for a machine. Machine names have no dash, so the cluster's name is the rest. */
export const vmName = (cluster: string, machine: string): string => `${vmNamePrefix(cluster)}${machine}`;

export const vmNamePrefix = (cluster: string): string => `swarmlab-${cluster}-`;

/** libvirt's name of a cluster's private network. */
export const networkName = (cluster: string): string => `swarmlab-${cluster}`;

/** The Vagrantfile of a cluster, for one provider. `template`: content of `templates/Vagrantfile.hbs`. */
export function renderVagrantfile(options: VagrantfileOptions, template: string): Promise<string> {
  return renderTemplate({ template, view: viewOf(options), helpers: { ruby: rubyQuote } });
}

/** What the template reads; every name is always there. */
interface VagrantfileView extends Readonly<Record<VagrantProviderName, boolean>> {
  readonly cluster: string;
  /** `1 manager and 2 workers`. */
  readonly summary: string;
  /** The provider as its maker writes it. */
  readonly product: string;
  readonly box: { readonly name: string; readonly version: string | null };
  /** VirtualBox's group for the cluster's machines. */
  readonly group: string;
  /** Begins the name of each domain of libvirt. */
  readonly prefix: string;
  /** libvirt's name of the private network. */
  readonly network: string;
  readonly emulated: boolean;
  readonly hostResolver: boolean;
  /** A Ruby expression. */
  readonly localFile: string;
  readonly machines: readonly MachineView[];
}

interface MachineView {
  readonly name: string;
  readonly first: boolean;
  readonly address: string;
  readonly netmask: string;
  readonly vmName: string;
  readonly memoryMiB: number;
  /** Whole ones. */
  readonly cpus: number;
}

const products: Readonly<Record<VagrantProviderName, string>> = {
  virtualbox: "VirtualBox",
  libvirt: "libvirt",
  vmware_desktop: "VMware Workstation or Fusion",
  parallels: "Parallels Desktop",
  hyperv: "Hyper-V",
};

/** The provider as its maker writes it. */
export const productName = (provider: VagrantProviderName): string => products[provider];

function viewOf(options: VagrantfileOptions): VagrantfileView {
  const { cluster, provider, box, emulated, hostResolver, localFile } = options;
  return {
    cluster: cluster.name,
    summary: summarise(cluster.machines),
    product: products[provider],
    virtualbox: provider === "virtualbox",
    libvirt: provider === "libvirt",
    vmware_desktop: provider === "vmware_desktop",
    parallels: provider === "parallels",
    hyperv: provider === "hyperv",
    box: { name: box.name, version: box.version ?? null },
    group: `/swarmlab/${cluster.name}`,
    prefix: vmNamePrefix(cluster.name),
    network: networkName(cluster.name),
    emulated,
    hostResolver,
    localFile:
      localFile === undefined ? `File.expand_path("Vagrantfile.local", __dir__)` : rubyQuote(localFile),
    machines: cluster.machines.map((machine, index) => machineView(cluster, machine, index === 0)),
  };
}

function machineView(cluster: Cluster, machine: MachineSpec, first: boolean): MachineView {
  return {
    name: machine.name,
    first,
    address: machine.address,
    netmask: netmaskOf(cluster.subnet),
    vmName: vmName(cluster.name, machine.name),
    memoryMiB: machine.memoryMiB ?? defaultMemoryMiB,
    cpus: Math.ceil(machine.cpus ?? defaultCpus),
  };
}

function summarise(machines: readonly MachineSpec[]): string {
  const managers = machines.filter(({ role }) => role === "manager").length;
  const workers = machines.length - managers;
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
  return [count(managers, "manager"), ...(workers === 0 ? [] : [count(workers, "worker")])].join(" and ");
}

function netmaskOf(subnet: string): string {
  const prefix = parseSubnet(subnet)?.prefix ?? 0;
  const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
}
