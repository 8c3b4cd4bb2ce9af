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
  /** Links with an IPv4 address, loopback aside; `subnet` is a CIDR around the host's own address. */
  readonly links: readonly { readonly name: string; readonly subnet: string }[];
}

/** Asks Node; no process is started. */
export function readComputerFacts(): ComputerFacts {
  return {
    platform: platform(),
    architecture: arch(),
    kernelRelease: release(),
    memoryMiB: Math.floor(totalmem() / 1024 / 1024),
    cpus: cpus().length,
    userHome: homedir(),
    links: Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses.flatMap(({ family, internal, cidr }) =>
        family === "IPv4" && !internal && cidr !== null ? [{ name, subnet: cidr }] : [],
      ),
    ),
  };
}
