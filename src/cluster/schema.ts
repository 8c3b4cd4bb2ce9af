import * as z from "zod";
import { boxPattern } from "./box-name.ts";
import { providerNames } from "./cluster.ts";
import { defaultCounts } from "./counts.ts";
import { jumpPattern } from "./jump.ts";
import { maxManagers, parseMachineName } from "./machine-name.ts";
import { memoryPattern, parseMemoryMiB } from "./memory.ts";
import { isAddress, parseSubnet } from "./subnet.ts";
import {
  checkData,
  listOf,
  matching,
  onOff,
  record,
  type SchemaNode,
  section,
  text,
  toJsonSchema,
  type ValueIssue,
  wholeNumber,
} from "./values.ts";

/** What stands in `swarmlab.yaml`, in its own words, with defaults for what is left out. */
export type ConfigValues = z.output<typeof configSchema>;

/** Reads what YAML left: the values, or all that is wrong with them. */
export function checkValues(
  data: unknown,
): { readonly values: ConfigValues } | { readonly issues: readonly ValueIssue[] } {
  return checkData(configSchema, data);
}

/** A constant that takes milliseconds to make, and that only a wrong value asks for. */
let jsonSchema: SchemaNode | undefined;

/** The schema as JSON Schema 2020-12, without title and identity. */
export function configJsonSchema(): SchemaNode {
  return (jsonSchema ??= toJsonSchema(configSchema));
}

const cidr = () => {
  const expected = "an IPv4 network such as 192.168.56.0/24";
  return matching(/^\d+(\.\d+){3}\/\d+$/, expected).refine(
    (value) => parseSubnet(value) !== undefined,
    expected,
  );
};

const address = () => {
  const expected = "an IPv4 address";
  return z.string(expected).refine(isAddress, expected);
};
const minMemoryMiB = 128;
/** More than any computer has, and a number of bytes that every hypervisor and the kernel can hold. */
const maxMemoryMiB = 16_384 * 1024;

const resources = () => {
  const memory = "an amount with its unit, from 128MiB to 16384GiB";
  // The kernel gives a group of processes no less than 1 ms in each 100 ms.
  const cpus = "a number from 0.01 to 1024";
  return section({
    cpus: z
      .number(cpus)
      .min(0.01, cpus)
      .max(1024, cpus)
      .exactOptional()
      .meta({
        description:
          "CPUs that one machine may use; may be a fraction. Default: no limit with nspawn, 1 for VMs.",
        examples: [2],
      }),
    memory: matching(memoryPattern, memory)
      .refine((value) => isBetween(parseMemoryMiB(value) ?? 0, minMemoryMiB, maxMemoryMiB), memory)
      .exactOptional()
      .meta({
        description:
          "Memory that one machine may use, with its unit (MiB or GiB), at least 128MiB. Default: no limit with nspawn, 1GiB for VMs.",
        examples: ["512MiB"],
      }),
  }).exactOptional();
};

const isBetween = (value: number, min: number, max: number) => value >= min && value <= max;

const resourcesSection = section({
  manager: resources().meta({ description: "For every manager." }),
  worker: resources().meta({ description: "For every worker." }),
});

const daemonOptions = () => record(z.unknown(), "a mapping of daemon.json options");

const daemonByRole = section({
  manager: daemonOptions().exactOptional().meta({ description: "For every manager." }),
  worker: daemonOptions().exactOptional().meta({ description: "For every worker." }),
});

const dockerSection = section({
  channel: z.enum(["distribution", "docker"], "distribution or docker").default("distribution").meta({
    description:
      "Where the engine comes from: the distribution's package, or Docker's own package repository as this computer has it configured.",
  }),
  repository: matching(/^https:\/\/[^\s'"\\[\]]+$/, "an address that begins with https://")
    .exactOptional()
    .meta({
      description:
        "Address of Docker's package repository for the machines' distribution, from Docker's installation guide. Machines without an engine install it from there, with channel docker, unless their own package sources have it.",
      examples: ["https://docker.example/linux/ubuntu"],
    }),
  version: matching(/^\d+(\.\d+)*([-+~][\w.+~-]+)?$/, "a version, or the beginning of one, in quotes")
    .exactOptional()
    .meta({
      description:
        'Engine version or the beginning of one, in quotes ("20.10"). Default: the newest of the channel.',
      examples: ["20.10"],
    }),
  install: onOff()
    .exactOptional()
    .meta({
      description:
        "Whether machines without an engine get one. Default: true; with provider hosts, whose machines exist already, false.",
      examples: [true],
    }),
  tcp: z.enum(["tls", "insecure", "off"], "tls, insecure or off").default("tls").meta({
    description:
      "Whether clients outside the machines reach the Docker API by TCP, on the machines' private addresses only: tls, on port 2376 with certificates of the cluster's own; insecure, on port 2375 for everyone who can reach it, who is root there; or off.",
  }),
  cache: matching(/^https?:\/\/[^\s'"\\@]+$/, "an address that begins with https:// or http://")
    .exactOptional()
    .meta({
      description:
        "Address of a registry with Docker Hub's images, its own or a mirror: the first manager keeps what any machine pulls from there, so that all machines together pull it once. Needs docker-registry on the first manager, which Debian and Ubuntu have as a package; machines of provider: nspawn have it.",
      examples: ["https://registry.example"],
    }),
  daemon: daemonOptions().default({}).meta({
    description:
      "Options for every machine's /etc/docker/daemon.json, with the names and values that dockerd knows.",
  }),
  "daemon-by-role": daemonByRole.default({}).meta({
    description: "Options for daemon.json by role; each replaces that of the same name in daemon.",
  }),
  "daemon-by-machine": record(daemonOptions(), "a mapping of machine names to daemon.json options")
    .default({})
    .meta({
      description:
        "Options for daemon.json by machine name; each replaces that of the same name in daemon and daemon-by-role.",
      examples: [{ node1: { labels: ["disk=ssd"] } }],
    }),
});

const swarmSection = section({
  "default-addr-pool": z
    .array(cidr(), "a list of IPv4 networks")
    .default([])
    .meta({
      description: "Ranges that overlay networks are cut from. Default: Docker's own, 10.0.0.0/8.",
      examples: [["10.20.0.0/16"]],
    }),
  "default-addr-pool-mask-length": wholeNumber(1, 29)
    .exactOptional()
    .meta({
      description: "Prefix length of each overlay network cut from a pool. Default: Docker's own, 24.",
      examples: [24],
    }),
  "data-path-port": wholeNumber(1024, 49151)
    .exactOptional()
    .meta({
      description:
        "UDP port of the overlay networks' traffic between machines. Default: Docker's own, 4789. It cannot be changed once the swarm exists.",
      examples: [4789],
    }),
  "task-history-limit": wholeNumber(0)
    .exactOptional()
    .meta({
      description: "Finished tasks that are kept per slot. Default: Docker's own, 5.",
      examples: [5],
    }),
  autolock: onOff().default(false).meta({
    description:
      "Whether a manager that restarts needs the unlock key before it can read the swarm's state again.",
  }),
});

const hostSection = section({
  address: matching(/^[\w.-]+$/, "an IPv4 address or a host name").meta({
    description: "IPv4 address or name, as seen from this computer, or from the host to jump through.",
    examples: ["192.0.2.17"],
  }),
  user: matching(/^[^\s@:]+$/, "a user's name")
    .exactOptional()
    .meta({
      description: "Who logs in there; root, or one who may use sudo. Default: who runs swarmlab.",
      examples: ["admin"],
    }),
  port: wholeNumber(1, 65535).default(22).meta({ description: "Port of its SSH server." }),
  key: text("a path")
    .exactOptional()
    .meta({
      description:
        "Path of the private key, relative to this file; may begin with ~/. Default: the SSH agent's keys, else ~/.ssh/id_ed25519, id_ecdsa or id_rsa.",
      examples: ["~/.ssh/id_ed25519"],
    }),
  jump: matching(jumpPattern, "the name of another host, or user@address or user@address:port")
    .exactOptional()
    .meta({
      description: "What it is reached through: another host of this list, or user@address[:port].",
      examples: ["manager"],
    }),
  fingerprint: matching(/^SHA256:[A-Za-z0-9+/]{43}$/, "SHA256: and 43 characters, as ssh-keygen -l prints it")
    .exactOptional()
    .meta({
      description: "Fingerprint of its SSH host key. Default: the key that ~/.ssh/known_hosts has.",
      examples: ["SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"],
    }),
  "advertise-addr": address()
    .exactOptional()
    .meta({
      description:
        "IPv4 address of one of its links that the other machines reach it by, and where its Docker API listens. Default: address.",
      examples: ["10.0.0.17"],
    }),
});

const machineName = () => {
  const expected = "a machine's name such as node1";
  return z.string(expected).refine((value) => parseMachineName(value) !== undefined, expected);
};

const box = () => {
  const expected = "a path that begins with / or ./, or a Vagrant box as owner/name";
  return matching(boxPattern, expected).refine((value) => !/\p{Cc}/u.test(value), expected);
};

const configSchema = section({
  name: matching(
    /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/,
    "1 to 32 of a-z, 0-9 and dashes, without a dash at either end",
  )
    .default("swarmlab")
    .meta({
      description: "Name of the cluster, unique on this computer; a host name label.",
      examples: ["lab"],
    }),
  provider: z
    .enum(["auto", ...providerNames], `auto, ${providerNames.join(", ").replace(/, (?=\w+$)/, " or ")}`)
    .default("auto")
    .meta({
      description:
        "What makes the machines exist; auto takes the first that works on this computer. With hosts they exist already.",
    }),
  managers: wholeNumber(1, maxManagers)
    .exactOptional()
    .meta({
      default: defaultCounts.managers,
      description:
        "Machines that hold the swarm's state and vote: manager, manager2 and so on. Use 1, 3, 5 or 7: an even number survives no more losses than one less.",
      examples: [3],
    }),
  workers: wholeNumber(0)
    .exactOptional()
    .meta({
      default: defaultCounts.workers,
      description: "Machines that only run tasks: node1, node2 and so on.",
      examples: [2],
    }),
  without: listOf(machineName(), "a list of machine names")
    .exactOptional()
    .meta({
      description:
        "Machines that are left out when managers and workers are counted: with workers: 3 and without: [node1] there are node2 and node3. So a machine can go while the others keep their names and addresses; swarmlab node remove writes it.",
      examples: [["node1"]],
    }),
  hosts: record(hostSection, "a mapping of machine names to how each is reached")
    .default({})
    .meta({
      description:
        "For provider hosts: the machines that exist already, by the names they get in the cluster (manager, manager2, node1, node2 and so on).",
      examples: [{ manager: { address: "192.0.2.17" }, node1: { address: "192.0.2.18", jump: "manager" } }],
    }),
  subnet: cidr()
    .exactOptional()
    .meta({
      description:
        "Private IPv4 network of the machines, /27 or larger. Default: 192.168.56.0/24, or the next free one after it.",
      examples: ["192.168.56.0/24"],
    }),
  box: box()
    .exactOptional()
    .meta({
      description:
        "What the machines start from: for nspawn the path of a root tree, relative to this file; for the other providers a Vagrant box, owner/name. Default: the provider's own.",
      examples: ["bento/debian-12"],
    }),
  "box-version": matching(/^\d+(\.[\w-]+)*$/, "a version, in quotes")
    .exactOptional()
    .meta({
      description: "Version of the Vagrant box, in quotes. Default: the newest.",
      examples: ["202510.26.0"],
    }),
  resources: resourcesSection.default({}).meta({ description: "Limits for each machine, by role." }),
  docker: dockerSection.prefault({}).meta({ description: "The Docker Engine on every machine." }),
  swarm: swarmSection
    .prefault({})
    .meta({ description: "Settings of the swarm, named as docker swarm init names them." }),
  labels: record(
    record(z.string("text; put it in quotes"), "a mapping of labels to text"),
    "a mapping of machine names to labels",
  )
    .default({})
    .meta({
      description: "Node labels in the swarm, by machine name.",
      examples: [{ node1: { disk: "ssd" } }],
    }),
});
