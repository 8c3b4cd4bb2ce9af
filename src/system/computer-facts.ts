import { readFileSync } from "node:fs";
import { arch, cpus, homedir, networkInterfaces, platform, release, totalmem } from "node:os";

/** What does not change about this computer while the program runs, except its links. */
export interface ComputerFacts {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** As Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  readonly kernelRelease: string;
  /** All there is, used or not. */
  readonly memoryMiB: number;
  /** Logical CPUs. */
  readonly cpus: number;
  /** Of the person who runs the program. */
  readonly userHome: string;
  /** Links with an IPv4 address, loopback aside. */
  readonly links: readonly Link[];
}

export interface Link {
  readonly name: string;
  /** CIDR, around the host's own address where that is known. */
  readonly subnet: string;
  /** In lower case, with colons; undefined where it is not told. */
  readonly mac?: string;
}

/** Asks Node; no process is started. */
export function readComputerFacts(): ComputerFacts {
  const running = runningLinks();
  return {
    platform: platform(),
    architecture: arch(),
    kernelRelease: release(),
    memoryMiB: Math.floor(totalmem() / 1024 / 1024),
    cpus: cpus().length,
    userHome: homedir(),
    links: [...running, ...idleLinks(running)],
  };
}

/** Networks that are reached over a link itself, in the text of Linux' `/proc/net/route`: numbers are in hexadecimal, the last byte first. */
export function parseRoutes(text: string): readonly Link[] {
  const rows = text.split("\n").map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([name = "", destination = "", gateway, , , , , mask = ""]) => {
    if (gateway !== "00000000" || destination === "00000000") return [];
    const address = (destination.match(/../g) ?? []).reverse().map((byte) => parseInt(byte, 16));
    const prefix = parseInt(mask, 16).toString(2).replaceAll("0", "").length;
    return [{ name, subnet: `${address.join(".")}/${prefix}` }];
  });
}

function runningLinks(): readonly Link[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, internal, cidr, mac }) =>
      family === "IPv4" && !internal && cidr !== null ? [{ name, subnet: cidr, mac }] : [],
    ),
  );
}

/** Node leaves out links that are up without a carrier: a bridge without ports, a host-only network without VMs. Their networks are taken all the same. */
function idleLinks(running: readonly Link[]): readonly Link[] {
  if (platform() !== "linux") return [];
  const names = new Set(running.map(({ name }) => name));
  return parseRoutes(readFileSync("/proc/net/route", "utf8")).filter(({ name }) => !names.has(name));
}
