import type { VagrantProviderName } from "../../cluster/cluster.ts";
import { parseMachineName } from "../../cluster/machine-name.ts";
import { FailureError } from "../../failure.ts";
import { networkName, vmNamePrefix } from "../../render/vagrantfile.ts";
import type { ProcessResult } from "../../system/process-runner.ts";
import { waitUntil } from "../../system/wait-until.ts";
import { findVBoxManage } from "./find-vboxmanage.ts";
import type { VagrantHost } from "./vagrant-host.ts";

/** A VM as its hypervisor lists it. */
export interface Vm {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
}

/** What can be asked of a hypervisor without Vagrant, in some milliseconds. */
interface Hypervisor {
  /** Its program; undefined: it is not installed. */
  find(host: VagrantHost): Promise<string | undefined>;
  list(host: VagrantHost): Promise<readonly Vm[]>;
  /** Ends a VM and removes it with its disks. */
  remove(host: VagrantHost, vm: Vm): Promise<void>;
  /** Where each cluster has a private network of its own. */
  readonly networks?: {
    list(host: VagrantHost): Promise<readonly string[]>;
    remove(host: VagrantHost, name: string): Promise<void>;
  };
}

/** For a list, which a healthy hypervisor gives at once. */
const timeoutMs = 15_000;
const libvirt = ["virsh", "--connect", "qemu:///system"] as const;

const hypervisors: { readonly [P in VagrantProviderName]?: Hypervisor } = {
  virtualbox: {
    find: findVBoxManage,
    list: async (host) => {
      const ask = (what: string) => runVBoxManage(host, ["list", what], timeoutMs);
      const [all, running] = await Promise.all([ask("vms"), ask("runningvms")]);
      const ids = new Set(parseVBoxList(running.stdout).map(({ id }) => id));
      return parseVBoxList(all.stdout).map((vm) => ({ ...vm, running: ids.has(vm.id) }));
    },
    remove: async (host, { id, name, running }) => {
      if (running) await runVBoxManage(host, ["controlvm", id, "poweroff"]);
      const wait = {
        clock: host.clock,
        title: `VirtualBox to let go of ${name}`,
        timeoutMs: 10_000,
        hint: () => "A window of VirtualBox may hold it: close it, then run the same command again.",
        isPassing: isLocked,
      };
      await waitUntil(wait, () => runVBoxManage(host, ["unregistervm", id, "--delete"]));
    },
  },
  libvirt: {
    find: ({ processes }) => processes.which("virsh"),
    list: async ({ processes }) => {
      const ask = (...which: string[]) =>
        processes.run({ argv: [...libvirt, "list", ...which, "--uuid", "--name"], timeoutMs });
      const [all, running] = await Promise.all([ask("--all"), ask("--state-running")]);
      const ids = new Set(parseVirshList(running.stdout).map(({ id }) => id));
      return parseVirshList(all.stdout).map((vm) => ({ ...vm, running: ids.has(vm.id) }));
    },
    remove: async ({ processes }, { id }) => {
      // A paused one must be ended too, or its disks are not removed.
      const { stdout } = await processes.run({ argv: [...libvirt, "domstate", id], timeoutMs });
      if (stdout.trim() !== "shut off") await processes.run({ argv: [...libvirt, "destroy", id] });
      const everything = ["--nvram", "--managed-save", "--snapshots-metadata", "--remove-all-storage"];
      await processes.run({ argv: [...libvirt, "undefine", id, ...everything] });
    },
    networks: {
      list: (host) => listNetworks(host, "--all"),
      remove: async (host, name) => {
        const change = (verb: string) => host.processes.run({ argv: [...libvirt, verb, name], timeoutMs });
        if ((await listNetworks(host)).includes(name)) await change("net-destroy");
        await change("net-undefine");
      },
    },
  },
};

/** All VMs of this hypervisor; undefined where it has no program that lists them, or that is not installed. */
export async function listVms(
  host: VagrantHost,
  provider: VagrantProviderName,
): Promise<readonly Vm[] | undefined> {
  const hypervisor = hypervisors[provider];
  if (hypervisor === undefined || (await hypervisor.find(host)) === undefined) return undefined;
  return hypervisor.list(host);
}

/** Ends a VM and removes it with its disks. */
export async function removeVm(host: VagrantHost, provider: VagrantProviderName, vm: Vm): Promise<void> {
  await hypervisors[provider]?.remove(host, vm);
}

/** The private network of a cluster, by name; undefined where the hypervisor has none of its own for each cluster, or not this one. */
export async function findNetwork(
  host: VagrantHost,
  provider: VagrantProviderName,
  cluster: string,
): Promise<string | undefined> {
  const hypervisor = hypervisors[provider];
  if (hypervisor?.networks === undefined) return undefined;
  if ((await hypervisor.find(host)) === undefined) return undefined;
  const name = networkName(cluster);
  return (await hypervisor.networks.list(host)).includes(name) ? name : undefined;
}

/** Ends a network from `findNetwork` and removes it. */
export async function removeNetwork(
  host: VagrantHost,
  provider: VagrantProviderName,
  name: string,
): Promise<void> {
  await hypervisors[provider]?.networks?.remove(host, name);
}

/** The machine that a VM of this name is in a cluster; undefined: it is none of it. */
export function machineOfVm(cluster: string, vmName: string): string | undefined {
  const prefix = vmNamePrefix(cluster);
  const machine = vmName.slice(prefix.length);
  return vmName.startsWith(prefix) && parseMachineName(machine) !== undefined ? machine : undefined;
}

/** Reads `VBoxManage list vms`: `"name" {uuid}`. */
export function parseVBoxList(output: string): readonly Omit<Vm, "running">[] {
  return [...output.matchAll(/^"(.*)" \{([0-9a-f-]{36})\}\s*$/gm)].map(([, name = "", id = ""]) => ({
    name,
    id,
  }));
}

/** Reads `virsh list --uuid --name`: `uuid name`. */
export function parseVirshList(output: string): readonly Omit<Vm, "running">[] {
  return [...output.matchAll(/^([0-9a-f-]{36})\s+(\S.*?)\s*$/gm)].map(([, id = "", name = ""]) => ({
    name,
    id,
  }));
}

/** Where it is gone meanwhile, the failure names it. */
async function runVBoxManage(
  host: VagrantHost,
  args: readonly string[],
  timeoutMs?: number,
): Promise<ProcessResult> {
  const program = (await findVBoxManage(host)) ?? "VBoxManage";
  return host.processes.run({ argv: [program, ...args], ...(timeoutMs !== undefined && { timeoutMs }) });
}

/** After a VM has ended VirtualBox holds it for a moment. https://github.com/hashicorp/vagrant/issues/8104 */
function isLocked(error: unknown): boolean {
  if (!(error instanceof FailureError) || error.failure.kind !== "process") return false;
  // The sentence above this code may be in the person's language.
  return error.failure.stderr.includes("VBOX_E_INVALID_OBJECT_STATE");
}

/** Names of libvirt's networks: the active ones, or with `--all` all of them. */
async function listNetworks({ processes }: VagrantHost, ...which: string[]): Promise<readonly string[]> {
  const { stdout } = await processes.run({ argv: [...libvirt, "net-list", ...which, "--name"], timeoutMs });
  return stdout.split("\n").flatMap((line) => line.trim() || []);
}
