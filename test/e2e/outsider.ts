import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A computer beside this one: a network namespace on a link of its own, which sends what it has through this host. */
export class Outsider implements AsyncDisposable {
  /** Its IPv4 address, of a range that documentation uses and nobody has. */
  readonly address: string;
  readonly #namespace: string;

  private constructor(namespace: string, address: string) {
    this.#namespace = namespace;
    this.address = address;
  }

  static async arrive(label: string): Promise<Outsider> {
    const link = `out${createHash("sha256").update(label).digest("hex").slice(0, 8)}`;
    const [host, address] = ["198.51.100.1", "198.51.100.2"];
    const outsider = new Outsider(link, address);
    await execute("ip", ["netns", "add", link]);
    await execute("ip", ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", link]);
    await execute("ip", ["address", "add", `${host}/30`, "dev", link]);
    await execute("ip", ["link", "set", link, "up"]);
    await outsider.#inside(["ip", "address", "add", `${address}/30`, "dev", "eth0"]);
    await outsider.#inside(["ip", "link", "set", "eth0", "up"]);
    await outsider.#inside(["ip", "route", "add", "default", "via", host]);
    return outsider;
  }

  /** Whether a TCP connection comes about. */
  async reaches(address: string, port: number): Promise<boolean> {
    return await connects(["ip", "netns", "exec", this.#namespace], address, port);
  }

  async #inside(command: readonly [string, ...string[]]): Promise<void> {
    await execute("ip", ["netns", "exec", this.#namespace, ...command]);
  }

  /** The link goes with the namespace that holds its other end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await execute("ip", ["netns", "delete", this.#namespace]);
  }
}

/** Whether this host gets a TCP connection. */
export async function hostReaches(address: string, port: number): Promise<boolean> {
  return await connects([], address, port);
}

async function connects(through: readonly string[], address: string, port: number): Promise<boolean> {
  const script = `timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null; echo $?`;
  const [file, ...args] = [...through, "sh", "-c", script];
  const { stdout } = await execute(file, args);
  // 1: refused or no way there; 124: no answer.
  if (!["0", "1", "124"].includes(stdout.trim())) throw new Error(`bash ended with ${stdout}`);
  return stdout.trim() === "0";
}
