import { maxPrefix, roomForWorkers } from "./addresses.ts";
import { highestOf } from "./counts.ts";
import { daemonKeys, writtenOptions } from "./daemon-layers.ts";
import { type DockerRange, dockerRanges } from "./docker-ranges.ts";
import { type Finding, formatPath } from "./finding.ts";
import type { Rule } from "./rule.ts";
import type { ConfigValues } from "./schema.ts";
import type { Path } from "./values.ts";
import {
  contains,
  formatSubnet,
  freeSubnet,
  isPrivate,
  overlaps,
  parseSubnet,
  sizeOf,
  type Subnet,
  subnetAround,
} from "./subnet.ts";

/** The subnet of a cluster that names none; a provider may take the next free one. */
export const defaultSubnet = "192.168.56.0/24";

const poolKey = ["swarm", "default-addr-pool"] as const;
const maskKey = "default-addr-pool-mask-length";
/** Docker's own limit: a /29 has 8 addresses. */
const maxMaskLength = 29;

/** Networks that are well formed, large enough and apart from each other. */
export const networkRules: readonly Rule[] = [
  { reads: [["subnet"]], check: ({ subnet }) => hostBits(["subnet"], subnet) },
  { reads: [["subnet"]], check: subnetSize },
  { reads: [["subnet"]], check: subnetPrivate },
  { reads: [["subnet"], poolKey, ...daemonKeys], check: subnetOverlaps },
  { reads: [["hosts"], poolKey, ...daemonKeys], check: hostOverlaps },
  { reads: [poolKey], check: ({ swarm }) => pools(swarm).flatMap(({ path, text }) => hostBits(path, text)) },
  { reads: [poolKey], check: poolOverlaps },
  { reads: [poolKey, ["swarm", maskKey]], check: maskLength },
];

/** The subnet that counts, and how it is written. */
export function subnetOf(values: ConfigValues): { readonly text: string; readonly subnet: Subnet } {
  const text = values.subnet ?? defaultSubnet;
  // The schema lets only text through that is a subnet.
  return { text, subnet: parseSubnet(text) ?? subnetAround(0, 32) };
}

/** The smallest subnet around the cluster's own that has room for its workers and breaks no rule, as CIDR. */
export function widerSubnet(values: ConfigValues): string | undefined {
  const { subnet } = subnetOf(values);
  const taken = rangesOf(values);
  for (let prefix = Math.min(subnet.prefix - 1, maxPrefix); prefix >= 8; prefix -= 1) {
    const wider = subnetAround(subnet.first, prefix);
    if (!isPrivate(wider) || taken.some((other) => overlaps(wider, other.subnet))) return undefined;
    if (roomForWorkers(wider) >= highestOf(values).workers) return formatSubnet(wider);
  }
  return undefined;
}

const rangesOf = (values: ConfigValues) =>
  dockerRanges({ addressPools: values.swarm["default-addr-pool"], daemons: writtenOptions(values) });

const error = (path: Path, text: Pick<Finding, "what" | "why" | "remedy">): Finding => ({
  severity: "error",
  path,
  at: "value",
  ...text,
});

function hostBits(path: Path, text: string | undefined): readonly Finding[] {
  const subnet = text === undefined ? undefined : parseSubnet(text);
  if (!subnet || formatSubnet(subnet) === text) return [];
  const what = `${formatPath(path)} is ${String(text)}, an address inside a network and not the network`;
  return [error(path, { what, remedy: `Did you mean ${formatSubnet(subnet)}?` })];
}

function subnetSize(values: ConfigValues): readonly Finding[] {
  const { text, subnet } = subnetOf(values);
  if (subnet.prefix <= maxPrefix) return [];
  const what = `the subnet ${text} is too small: it has ${sizeOf(subnet)} addresses`;
  const why = "the 2nd to the 17th address are kept for managers, workers follow";
  const remedy = `Use a /${maxPrefix} or larger, for example ${exampleSubnet(values)}.`;
  return [error(["subnet"], { what, why, remedy })];
}

function subnetPrivate(values: ConfigValues): readonly Finding[] {
  const { text, subnet } = subnetOf(values);
  if (isPrivate(subnet)) return [];
  const what = `the subnet ${text} is not private`;
  const why = "other addresses belong to somebody else or have a meaning of their own";
  const remedy = `Use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, for example ${exampleSubnet(values)}.`;
  return [error(["subnet"], { what, why, remedy })];
}

function subnetOverlaps(values: ConfigValues): readonly Finding[] {
  if (values.provider === "hosts") return [];
  const { text, subnet } = subnetOf(values);
  return rangesOf(values)
    .filter((range) => overlaps(subnet, range.subnet))
    .map((range) =>
      error(values.subnet === undefined && range.path ? range.path : ["subnet"], {
        what: `the subnet ${text} overlaps ${nameOf(range)}`,
        why: "Docker gives these addresses to containers, which then could not reach the machines",
        remedy: `Use another subnet, for example ${exampleSubnet(values)}, or ${range.path ? "change" : "set"} ${keyOf(range)}.`,
      }),
    );
}

/** Of hosts whose address is written down. */
function hostOverlaps(values: ConfigValues): readonly Finding[] {
  return Object.entries(values.hosts).flatMap(([name, { address, "advertise-addr": advertised }]) => {
    const [known, key] = advertised === undefined ? [address, "address"] : [advertised, "advertise-addr"];
    return rangesOf(values)
      .filter(({ subnet }) => contains(subnet, known))
      .map((range) =>
        error(["hosts", name, key], {
          what: `the address ${known} of ${name} is in ${nameOf(range)}`,
          why: "Docker gives these addresses to containers, which then could not reach the machine",
          remedy: `${range.path ? "Change" : "Set"} ${keyOf(range)}, for example ${range.path?.[0] === "docker" ? exampleSubnet(values) : `[${hostsPool(values)}]`}.`,
        }),
      );
  });
}

/** A private /16 without any of the hosts. */
function hostsPool({ hosts }: ConfigValues): string {
  const known = Object.values(hosts).map((host) => host["advertise-addr"] ?? host.address);
  const pools = ["10.201.0.0/16", "172.30.0.0/16", "192.168.0.0/16"];
  const free = pools.find((pool) => {
    const subnet = parseSubnet(pool);
    return subnet && !known.some((address) => contains(subnet, address));
  });
  return free ?? "10.202.0.0/16";
}

const exampleSubnet = (values: ConfigValues) =>
  freeSubnet(rangesOf(values).map(({ subnet }) => formatSubnet(subnet))) ?? "172.30.0.0/24";

const keyOf = ({ path }: DockerRange) => (path ? formatPath(path) : "swarm.default-addr-pool");

const nameOf = (range: DockerRange) =>
  range.path ? `${range.text} of ${keyOf(range)}` : `${range.text}, Docker's default for overlay networks`;

const pools = (swarm: ConfigValues["swarm"]) =>
  swarm["default-addr-pool"].map((text, index) => ({ text, path: [...poolKey, index] }));

function poolOverlaps({ swarm }: ConfigValues): readonly Finding[] {
  const all = pools(swarm);
  return all.flatMap(({ text, path }, index) => {
    const other = all.slice(0, index).find((earlier) => overlapping(text, earlier.text));
    if (!other) return [];
    const what = `the pool ${text} overlaps the pool ${other.text}`;
    return [error(path, { what, remedy: "Remove one of the two, or make them disjoint." })];
  });
}

function overlapping(a: string, b: string): boolean {
  const [first, second] = [parseSubnet(a), parseSubnet(b)];
  return first !== undefined && second !== undefined && overlaps(first, second);
}

/** Docker cuts /24 networks when it is not told otherwise, and wants no pool smaller than one network. */
function maskLength({ swarm }: ConfigValues): readonly Finding[] {
  const length = swarm[maskKey] ?? 24;
  return pools(swarm).flatMap(({ text, path }) => {
    const prefix = parseSubnet(text)?.prefix ?? 0;
    if (prefix <= length) return [];
    const what = `the pool ${text} is smaller than one /${length} network`;
    const why = `each overlay network is a /${length} cut from a pool`;
    const longer = prefix < maxMaskLength ? `Set swarm.${maskKey} to ${prefix + 1} or more, or use` : "Use";
    const place = swarm[maskKey] === undefined ? path : ["swarm", maskKey];
    return [error(place, { what, why, remedy: `${longer} a larger pool.` })];
  });
}
