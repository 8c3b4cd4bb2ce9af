import { gatewayAddress } from "../../cluster/addresses.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { contains, formatSubnet, parseSubnet, type Subnet } from "../../cluster/subnet.ts";
import type { Problem } from "../../failure.ts";
import type { VagrantHost } from "./vagrant-host.ts";
import { isAtLeast } from "./version.ts";

/** https://www.virtualbox.org/manual/ch06.html#network_hostonly */
const networksConf = "/etc/vbox/networks.conf";
const defaultRange = "192.168.56.0/21";
/** The first VirtualBox with ranges, and the first on macOS without: Vagrant's plugins/providers/virtualbox/action/network.rb. */
const firstWithRanges = "6.1.28";
const firstWithoutOnMac = "7.0";

/** The ranges that `networks.conf` allows, as far as they are IPv4, and entries that are no networks. */
export interface NetworksConf {
  readonly ranges: readonly Subnet[];
  readonly unreadable: readonly string[];
}

/** Whether VirtualBox gives the cluster's addresses to machines. */
export async function hostOnlyProblems(
  { facts, readText }: VagrantHost,
  virtualBox: string,
  cluster: Cluster,
): Promise<readonly Problem[]> {
  if (!hasRanges(facts.platform, virtualBox)) return [];
  return judgeHostOnly(await readText(networksConf), cluster);
}

/** Whether this VirtualBox on this platform keeps to ranges at all. */
export function hasRanges(platform: string, virtualBox: string): boolean {
  if (platform === "win32" || !isAtLeast(virtualBox, firstWithRanges)) return false;
  return platform !== "darwin" || !isAtLeast(virtualBox, firstWithoutOnMac);
}

/** Reads the text of `networks.conf`: lines that begin with `*` list ranges, all others say nothing. */
export function parseNetworksConf(text: string): NetworksConf {
  const entries = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.startsWith("*"))
    .flatMap((line) => line.slice(1).split(/\s+/))
    .filter((entry) => entry !== "" && !entry.includes(":"));
  return {
    ranges: entries.map(parseSubnet).filter((range) => range !== undefined),
    unreadable: entries.filter((entry) => parseSubnet(entry) === undefined),
  };
}

/** Whether the file (undefined: there is none) allows the addresses of all machines and of the host's side. */
export function judgeHostOnly(
  text: string | undefined,
  { subnet, machines }: Pick<Cluster, "subnet" | "machines">,
): readonly Problem[] {
  const { ranges, unreadable } = parseNetworksConf(text ?? `* ${defaultRange}`);
  if (unreadable.length > 0) return [unreadableEntry(unreadable)];
  const network = parseSubnet(subnet);
  const gateway = network === undefined ? undefined : gatewayAddress(network);
  const addresses = [...machines.map(({ address }) => address), ...(gateway === undefined ? [] : [gateway])];
  const allowed = (address: string) => ranges.some((range) => contains(range, address));
  return addresses.every(allowed) ? [] : [notAllowed(subnet, ranges, text !== undefined)];
}

function notAllowed(subnet: string, ranges: readonly Subnet[], exists: boolean): Problem {
  // A file takes the place of the default range, which other VMs may use.
  const line = exists ? `* ${subnet}` : `* ${defaultRange} ${subnet}`;
  const allowed = ranges.length === 0 ? "no range at all" : ranges.map(formatSubnet).join(", ");
  return {
    severity: "error",
    what: `VirtualBox does not allow the subnet ${subnet} for host-only networks`,
    where: networksConf,
    why: `Allowed: ${allowed}${exists ? "" : ", the default without this file"}.`,
    remedy: `Add the line "${line}" with: sudo sh -c 'mkdir -p /etc/vbox; echo "${line}" >> ${networksConf}'   Or choose a subnet inside an allowed range, such as 192.168.56.0/24 of the default ${defaultRange}.`,
  };
}

function unreadableEntry(entries: readonly string[]): Problem {
  return {
    severity: "error",
    what: `${networksConf} lists ${entries.join(", ")}, which is no network`,
    where: networksConf,
    why: "Vagrant fails at such an entry.",
    remedy: "Write networks as in this line: * 192.168.56.0/21 10.1.0.0/16",
  };
}
