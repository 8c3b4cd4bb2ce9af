import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * All that this host has of the stand-in with this home, one line for each thing, sorted: `process 4711 dockerd`, `link vboxnet0`.
 * Also calls of Vagrant and VBoxManage that still run for it.
 */
export async function findStandInTraces(home: string): Promise<readonly string[]> {
  const mark = createHash("sha256").update(home).digest("hex").slice(0, 6);
  const traces = await Promise.all([
    findProcesses(home, mark),
    findMounts(home),
    findLinks(home, mark),
    findNamespaces(mark),
    findCgroups(mark),
  ]);
  return traces.flat().sort();
}

async function findProcesses(home: string, mark: string): Promise<readonly string[]> {
  return eachProcess(async (pid) => {
    const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, "utf8");
    // A zombie has ended; its parent has only not asked how.
    if (/^\d+ \(.*\) [ZX] /s.test(await read("stat"))) return [];
    const isOwn =
      (await read("cgroup")).includes(`/vbox-standin/${mark}-`) ||
      (await read("environ")).includes(`VBOX_STANDIN_HOME=${home}\0`);
    return isOwn ? [`process ${pid} ${(await read("comm")).trim()}`] : [];
  });
}

/** In any mount namespace: VMs keep theirs to themselves. */
async function findMounts(home: string): Promise<readonly string[]> {
  const lines = await eachProcess(async (pid) =>
    (await readFile(`/proc/${pid}/mountinfo`, "utf8"))
      .split("\n")
      .filter((line) => line.includes(`${home}/`)),
  );
  return [...new Set(lines.map((line) => `mount ${line.split(" ").slice(3, 5).join(" on ")}`))];
}

async function findLinks(home: string, mark: string): Promise<readonly string[]> {
  const { stdout } = await execute("ip", ["-o", "link"]);
  const names = [...stdout.matchAll(/^\d+: ([^:@]+)/gm)].map(([, name = ""]) => name);
  const networks = await readFile(join(home, "networks.json"), "utf8").catch(() => "");
  const isOwn = (name: string): boolean =>
    name.startsWith(`v${mark}`) || (name.startsWith("vboxnet") && networks.includes(`"${name}"`));
  return names.filter(isOwn).map((name) => `link ${name}`);
}

async function findNamespaces(mark: string): Promise<readonly string[]> {
  const { stdout } = await execute("ip", ["netns", "list"]);
  return [...stdout.matchAll(/^\S+/gm)]
    .filter(([name]) => name.startsWith(`vbox-${mark}-`))
    .map(([name]) => `namespace ${name}`);
}

async function findCgroups(mark: string): Promise<readonly string[]> {
  const mounts = (await readFile("/proc/mounts", "utf8")).split("\n").map((line) => line.split(" "));
  const roots = mounts.flatMap(([, path, type]) => (type?.startsWith("cgroup") ? [path ?? ""] : []));
  const found = await Promise.all(
    roots.map(async (root) => {
      const groups = await readdir(join(root, "vbox-standin")).catch(() => []);
      return groups.filter((name) => name.startsWith(mark)).map((name) => `cgroup ${join(root, name)}`);
    }),
  );
  return found.flat();
}

/** What is found for each process; one that ends meanwhile has nothing. */
async function eachProcess(look: (pid: number) => Promise<readonly string[]>): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found = await Promise.all(pids.map((pid) => look(pid).catch(() => [])));
  return found.flat();
}
