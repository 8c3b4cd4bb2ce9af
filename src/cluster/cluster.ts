/** `manager` machines vote in the swarm; `worker` machines only run tasks. */
export type Role = "manager" | "worker";

/** Providers whose machines are VMs that Vagrant drives, named as Vagrant names them. */
export const vagrantProviderNames = [
  "virtualbox",
  "libvirt",
  "vmware_desktop",
  "parallels",
  "hyperv",
] as const;
export type VagrantProviderName = (typeof vagrantProviderNames)[number];

/** What a cluster can ask for; besides these, `auto`: the first healthy one. The machines of `hosts` exist already. */
export const providerNames = [...vagrantProviderNames, "nspawn", "hosts"] as const;
export type ProviderName = (typeof providerNames)[number];

/** One machine that the cluster asks for. */
export interface MachineSpec {
  /** Host name: `manager`, `manager2`, …, `node1`, `node2`, … */
  readonly name: string;
  readonly role: Role;
  /** IPv4 address that the other machines know it by: in the cluster's subnet, a function of the name alone; of a host the one that it has, empty until its name was looked up. */
  readonly address: string;
  /** Undefined: the provider's own default (nspawn: no limit; VMs: 1024). */
  readonly memoryMiB?: number;
  /** May be a fraction. Undefined: the provider's own default. */
  readonly cpus?: number;
  /** Wanted contents of the node's labels in the swarm. */
  readonly labels: Readonly<Record<string, string>>;
  /** Wanted daemon options, merged for this machine. */
  readonly daemon: DaemonOptions;
}

/** Top-level options of `daemon.json`: https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file */
export type DaemonOptions = Readonly<Record<string, unknown>>;

/** Wanted daemon options by who they are for. */
export interface DaemonLayers {
  readonly all: DaemonOptions;
  readonly byRole: Readonly<Partial<Record<Role, DaemonOptions>>>;
  readonly byMachine: Readonly<Record<string, DaemonOptions>>;
}

export interface SwarmSpec {
  /** IPv4 CIDRs for overlay networks; empty: Docker's default (10.0.0.0/8). */
  readonly addressPools: readonly string[];
  /** Prefix length of each overlay network cut from a pool (Docker's default 24). */
  readonly addressPoolMaskLength?: number;
  /** UDP port of VXLAN; undefined: Docker's default (4789). */
  readonly dataPathPort?: number;
  /** Finished tasks kept per slot; undefined: Docker's default (5). */
  readonly taskHistoryLimit?: number;
  readonly autolock: boolean;
}

export interface DockerSpec {
  /** Where the engine comes from: the distribution's package, or Docker's own package repository as the host has it configured. */
  readonly channel: "distribution" | "docker";
  /** Address (https) of Docker's package repository for the machines' distribution; undefined: only the sources that a machine has. */
  readonly repository?: string;
  /** Engine version or the beginning of one (`20.10`); undefined: what the channel has. */
  readonly version?: string;
  /** Machines without an engine may get one; undefined: yes. */
  readonly install?: boolean;
}

/** How a machine that exists already is reached over SSH. */
export interface HostSpec {
  /** Name or IPv4 address, as seen from this computer or from the host to jump through. */
  readonly address: string;
  readonly port: number;
  /** Undefined: who runs the program. */
  readonly user?: string;
  /** Path of the private key, absolute or below `~/`; undefined: what the agent has, else the person's usual keys. */
  readonly key?: string;
  /** Reached through this one: the name of another host, or `user@address[:port]`. */
  readonly jump?: string;
  /** `SHA256:…` of its host key; undefined: `known_hosts` has the key. */
  readonly fingerprint?: string;
  /** IPv4 address that the other machines know it by; undefined: `address`. */
  readonly advertiseAddress?: string;
}

/** How a Docker API is reached by TCP: with certificates on port 2376, by everyone on 2375, or not at all. */
export type TcpMode = "tls" | "insecure" | "off";

/** What `swarmlab.yaml` asks for, all defaults filled in. */
export interface Cluster {
  /** Unique on this host; a host name label. */
  readonly name: string;
  readonly provider: ProviderName | "auto";
  /** Lab directory whose `swarmlab.yaml` asks for it; undefined: the default cluster, which asks from anywhere. */
  readonly owner?: string;
  /** IPv4 CIDR. */
  readonly subnet: string;
  /** The person chose it: then it is never replaced by a free one. */
  readonly subnetChosen: boolean;
  /** Absolute path of a root tree (nspawn), or name of a Vagrant box, `owner/name`; `isBoxPath` tells. Undefined: the provider's own. */
  readonly box?: string;
  /** Version of the Vagrant box; undefined: the newest. */
  readonly boxVersion?: string;
  readonly docker: DockerSpec;
  readonly tcp: TcpMode;
  /** Of every machine, of those too that the cluster has but no longer asks for. */
  readonly daemon: DaemonLayers;
  /** Address of the registry whose images the first manager keeps for all; undefined: none are kept. */
  readonly imageCache?: string | undefined;
  readonly swarm: SwarmSpec;
  /** The machines that exist already, by name; undefined: the provider makes the machines. */
  readonly hosts?: Readonly<Record<string, HostSpec>>;
  /** Managers first, each kind in the order of its numbers. */
  readonly machines: readonly MachineSpec[];
}
