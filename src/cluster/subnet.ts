import ipaddr from "ipaddr.js";

/** An IPv4 network. Addresses are unsigned 32-bit numbers. */
export interface Subnet {
  /** Network address. */
  readonly first: number;
  /** Broadcast address. */
  readonly last: number;
  /** Length of the network part in bits, 0 to 32. */
  readonly prefix: number;
}

/** Reads an IPv4 CIDR; host bits are cleared, and an address alone is a /32. Undefined: neither. */
export function parseSubnet(text: string): Subnet | undefined {
  const cidr = text.includes("/") ? text : `${text}/32`;
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr)) return undefined;
  const [address, prefix] = ipaddr.IPv4.parseCIDR(cidr);
  return subnetAround(toNumber(address), prefix);
}

/** Whether the text is one IPv4 address in its usual form. */
export function isAddress(text: string): boolean {
  return !text.includes("/") && parseSubnet(text) !== undefined;
}

/** The network with this prefix length that holds `address`. */
export function subnetAround(address: number, prefix: number): Subnet {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, prefix };
}

/** As CIDR: `192.168.56.0/24`. */
export function formatSubnet(subnet: Subnet): string {
  return `${formatAddress(subnet.first)}/${subnet.prefix}`;
}

/** The CIDR with its host bits cleared; undefined when it is none. */
export function normaliseSubnet(text: string): string | undefined {
  const subnet = parseSubnet(text);
  return subnet && formatSubnet(subnet);
}

/** How many addresses there are, those of the network and of broadcast included. */
export function sizeOf(subnet: Subnet): number {
  return subnet.last - subnet.first + 1;
}

/** The address `offset` after the network's own, as text; undefined outside of the subnet. */
export function nthAddress(subnet: Subnet, offset: number): string | undefined {
  return offset >= 0 && offset < sizeOf(subnet) ? formatAddress(subnet.first + offset) : undefined;
}

/** Whether the two share an address. */
export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Whether an IPv4 address in text form lies in the subnet; false for anything else. */
export function contains(subnet: Subnet, address: string): boolean {
  const other = address.includes("/") ? undefined : parseSubnet(address);
  return other !== undefined && overlaps(subnet, other);
}

/** Whether every address is for private use (RFC 1918). */
export function isPrivate(subnet: Subnet): boolean {
  return [subnet.first, subnet.last].every((end) => toAddress(end).range() === "private");
}

/**
 * The first of 192.168.56.0/24, 192.168.57.0/24 … 192.168.127.0/24 that overlaps none of `taken`; undefined if there is none.
 * What is no IPv4 CIDR or address in `taken` does not count.
 */
export function freeSubnet(taken: readonly string[]): string | undefined {
  const used = taken.map(parseSubnet).filter((subnet) => subnet !== undefined);
  const candidates = Array.from({ length: 72 }, (_, index) => `192.168.${index + 56}.0/24`);
  return candidates.find((candidate) => {
    const subnet = parseSubnet(candidate);
    return subnet && !used.some((other) => overlaps(subnet, other));
  });
}

function formatAddress(address: number): string {
  return toAddress(address).toString();
}

function toAddress(address: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256));
}

function toNumber(address: ipaddr.IPv4): number {
  return address.toByteArray().reduce((sum, octet) => sum * 256 + octet, 0);
}
