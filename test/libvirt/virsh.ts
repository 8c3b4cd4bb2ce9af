import process from "node:process";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What `virsh` prints, asked of the system's libvirt. Throws where it fails. */
export async function virsh(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: "C.UTF-8" };
  return (await execute("virsh", ["--connect", "qemu:///system", ...args], { env })).stdout;
}

/** The names that a list of `virsh` prints, one on each line. */
export async function virshNames(...args: readonly string[]): Promise<readonly string[]> {
  return (await virsh(...args, "--name")).split("\n").flatMap((line) => line.trim() || []);
}

/** Names of the volumes in all pools that are active, with their pool. */
export async function volumes(): Promise<readonly { readonly pool: string; readonly name: string }[]> {
  const pools = await virshNames("pool-list");
  const lists = await Promise.all(
    pools.map(async (pool) => {
      const rows = (await virsh("vol-list", pool)).split("\n").slice(2);
      return rows.flatMap((row) => ({ pool, name: row.trim().split(/\s+/)[0] ?? "" }));
    }),
  );
  return lists.flat().filter(({ name }) => name !== "");
}
