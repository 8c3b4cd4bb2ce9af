import { parseMachineName } from "./machine-name.ts";
import { nthAddress, type Subnet, sizeOf } from "./subnet.ts";

/** Where `manager` stands after the network address. More managers go down from here, workers go up, so growing moves nobody. */
const managerOffset = 17;

/** Longest prefix of a subnet with room for every manager and some workers. */
export const maxPrefix = 27;

/** The address of the host's side of the network, which the machines use as gateway. */
export function gatewayAddress(subnet: Subnet): string | undefined {
  return nthAddress(subnet, 1);
}

/** The address of the machine with this name; undefined for a name no machine has, and for a worker beyond the subnet's end. */
export function addressOf(subnet: Subnet, name: string): string | undefined {
  const id = parseMachineName(name);
  if (!id) return undefined;
  const offset = id.role === "manager" ? managerOffset - (id.number - 1) : managerOffset + id.number;
  return offset < sizeOf(subnet) - 1 ? nthAddress(subnet, offset) : undefined;
}

/** How many workers find an address below the broadcast address. */
export function roomForWorkers(subnet: Subnet): number {
  return Math.max(0, sizeOf(subnet) - 1 - (managerOffset + 1));
}
