import { createHash } from "node:crypto";
import { lstat, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../system/files.ts";

const resolvConfFile = "etc/resolv.conf";

/** The host's name servers that machines can use, as resolv.conf; undefined: there is none. systemd-resolved lists its upstream servers in a file of its own. */
export async function hostNameServers(warn: (text: string) => void): Promise<string | undefined> {
  const files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  const usable = usableResolvConf(texts);
  if (usable === undefined)
    warn(
      "This host has only name servers on its loopback address; names of the outside do not resolve in the machines.",
    );
  return usable;
}

/** The first resolv.conf with a name server that others reach, without those on the host's loopback; undefined: there is none. */
export function usableResolvConf(texts: readonly string[]): string | undefined {
  const isUsable = (line: string): boolean =>
    /^(?:search|domain|options)\s|^nameserver\s+(?!\s|127\.|::1\s*$)/.test(line);
  return texts
    .map((text) => text.split("\n").filter(isUsable))
    .filter((lines) => lines.some((line) => line.startsWith("nameserver")))
    .map((lines) => `${lines.join("\n")}\n`)[0];
}

/** A machine's resolv.conf. The digest in its first line tells later whether somebody changed the rest. */
export function machineResolvConf(nameServers = ""): string {
  const digest = createHash("sha256").update(nameServers).digest("hex").slice(0, 16);
  return `# Those of this machine's host: swarmlab renews them until this file is changed (${digest}).\n${nameServers}`;
}

/** Whether a machine has swarmlab's own resolv.conf with other name servers than the host has now. `root`: of the machine's files. */
export async function hasOldNameServers(root: string, nameServers: string | undefined): Promise<boolean> {
  const file = join(root, resolvConfFile);
  // A symbolic link of the machine's would lead to a file of the host.
  if (nameServers === undefined || !(await isPlainFile(file))) return false;
  const text = await readFile(file, "utf8");
  const others = text.slice(text.indexOf("\n") + 1);
  return others !== nameServers && text === machineResolvConf(others);
}

/** Gives a machine the name servers that the host has now, if it has old ones. Returns whether it had. */
export async function renewNameServers(root: string, nameServers: string | undefined): Promise<boolean> {
  if (!(await hasOldNameServers(root, nameServers))) return false;
  const file = join(root, resolvConfFile);
  await writeFile(`${file}.partial`, machineResolvConf(nameServers));
  await rename(`${file}.partial`, file);
  return true;
}

async function isPlainFile(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isFile();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
