import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A process of a cluster, as this host sees it. */
export interface ClusterProcess {
  readonly pid: number;
  readonly command: string;
  readonly machine: string;
}

/**
 * All that this host has of a cluster, one line for each thing, sorted: `process 4711 dockerd`, `link sl0123456.17`.
 * It looks by its own means, so that it does not share a blind spot with swarmlab.
 */
export async function findTraces(cluster: string): Promise<readonly string[]> {
  const traces = await Promise.all([
    findNamespaces(cluster),
    findLinks(cluster),
    findCgroups(cluster).then((found) => found.map((path) => `cgroup ${path}`)),
    findRules(cluster),
    findDirectory(cluster),
  ]);
  const processes = findProcesses(cluster).map(({ pid, command }) => `process ${pid} ${command}`);
  return [...processes, ...findHealers(cluster), ...findMounts(cluster), ...traces.flat()].sort();
}

/** Processes in a cgroup of the cluster. */
export function findProcesses(cluster: string): readonly ClusterProcess[] {
  const own = new RegExp(`swarmlab[/-]${cluster}[/-]([a-z0-9]+)`);
  return eachProcess((pid) => {
    const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, "utf8");
    const machine = own.exec(read("cgroup"))?.[1];
    // A zombie has ended; its parent has only not asked how.
    if (machine === undefined || /^\d+ \(.*\) [ZX] /s.test(read("stat"))) return [];
    return [{ pid, command: read("comm").trim(), machine }];
  });
}

/** Processes outside of the machines that will heal a fault of the cluster, or are at it. */
export function findHealers(cluster: string): readonly string[] {
  const own = new RegExp(`swarmlab-heal:${cluster}:|-${cluster}-[^\\0]*\\0fault\\0heal\\0`);
  return eachProcess((pid) => {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return own.test(words) ? [`healer ${pid} ${words.replaceAll("\0", " ")}`] : [];
  });
}

/** Cgroup directories of the cluster in every hierarchy, those of its containers aside. */
export async function findCgroups(cluster: string): Promise<readonly string[]> {
  const mounts = (await readFile("/proc/mounts", "utf8")).split("\n").map((line) => line.split(" "));
  const roots = mounts.flatMap(([, path, type]) => (type?.startsWith("cgroup") ? [path ?? ""] : []));
  // Groups come and go while find looks: its exit code tells nothing.
  const { stdout } = await execute("sh", [
    "-c",
    `find "$@" -maxdepth 3 -type d -path '*swarmlab*' || true`,
    "-",
    ...roots,
  ]);
  const own = new RegExp(`swarmlab[/-]${cluster}([/-]|$)`);
  return stdout.split("\n").filter((path) => own.test(path));
}

/** In any mount namespace: machines keep theirs to themselves. */
function findMounts(cluster: string): readonly string[] {
  const own = new RegExp(`/clusters/${cluster}/`);
  const seen = new Set<string>();
  const mounts = eachProcess((pid) => {
    // What a process sees of the mounts of its namespace depends on its root.
    const view = ["ns/mnt", "root"].map((link) => readlinkSync(`/proc/${pid}/${link}`)).join(" ");
    if (seen.has(view)) return [];
    const lines = readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n");
    seen.add(view);
    return lines.filter((line) => own.test(line));
  });
  return [...new Set(mounts.map((line) => `mount ${line.split(" ").slice(3, 5).join(" on ")}`))];
}

async function findNamespaces(cluster: string): Promise<readonly string[]> {
  const { stdout } = await execute("ip", ["netns", "list"]);
  return matching(stdout, new RegExp(`^swarmlab-${cluster}-[a-z0-9]+`, "gm"), "namespace");
}

/** The names of links are too short for the cluster's: they begin with a hash of it. */
async function findLinks(cluster: string): Promise<readonly string[]> {
  const { stdout } = await execute("ip", ["-o", "link"]);
  const hash = createHash("sha256").update(cluster).digest("hex").slice(0, 7);
  return matching(stdout, new RegExp(`(?<=^\\d+: )sl${hash}[^:@]*`, "gm"), "link");
}

async function findRules(cluster: string): Promise<readonly string[]> {
  const { stdout } = await execute("iptables-save");
  return matching(stdout, new RegExp(`^-A .*swarmlab:${cluster}(?![a-z0-9-]).*$`, "gm"), "rule");
}

async function findDirectory(cluster: string): Promise<readonly string[]> {
  const directory = join("/var/lib/swarmlab/clusters", cluster);
  return stat(directory).then(
    () => [`directory ${directory}`],
    () => [],
  );
}

function matching(output: string, pattern: RegExp, kind: string): readonly string[] {
  return [...output.matchAll(pattern)].map(([text]) => `${kind} ${text}`);
}

/** What is found for each process; one that ends meanwhile has nothing. All at once: to wait for each file would cost ten times as much. */
function eachProcess<T>(look: (pid: number) => readonly T[]): readonly T[] {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => {
    try {
      return look(Number(pid));
    } catch {
      return [];
    }
  });
}
