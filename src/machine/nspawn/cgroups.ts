import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../system/clock.ts";
import { hasCode, readText } from "../../system/files.ts";
import { waitUntil } from "../../system/wait-until.ts";

/** How this host sorts processes: through systemd, or by hand in cgroup v1 hierarchies or the one of cgroup v2. */
export type CgroupHost =
  | { readonly kind: "systemd" }
  | { readonly kind: "v1"; readonly hierarchies: readonly string[] }
  | { readonly kind: "v2"; readonly hierarchies: readonly [string] };

export interface Limits {
  readonly memoryMiB?: number;
  /** May be a fraction. */
  readonly cpus?: number;
}

const cpuPeriodUs = 100_000;
const v2Controllers = ["cpuset", "cpu", "io", "memory", "pids"];

/** From the contents of `/proc/mounts` and whether systemd is PID 1. */
export function cgroupHost(mounts: string, systemd: boolean): CgroupHost {
  if (systemd) return { kind: "systemd" };
  const fields = mounts.split("\n").map((line) => line.split(" "));
  const pathsOf = (type: string) =>
    fields.filter(([, , kind]) => kind === type).flatMap(([, path]) => path ?? []);
  const [v1, v2] = [pathsOf("cgroup"), pathsOf("cgroup2")];
  if (v1.length === 0) return { kind: "v2", hierarchies: [v2[0] ?? "/sys/fs/cgroup"] };
  return { kind: "v1", hierarchies: [...v1, ...v2] };
}

/** Options of `systemd-run` for the limits. */
export function unitProperties({ memoryMiB, cpus }: Limits): readonly string[] {
  return [
    ...(memoryMiB === undefined ? [] : [`--property=MemoryMax=${memoryMiB}M`]),
    ...(cpus === undefined ? [] : [`--property=CPUQuota=${Math.round(cpus * 100)}%`]),
  ];
}

/** Makes a machine's cgroup in each hierarchy, sets the limits, and returns the files that a process enters by. */
export async function makeCgroup(
  host: Exclude<CgroupHost, { kind: "systemd" }>,
  path: string,
  limits: Limits,
): Promise<readonly string[]> {
  for (const hierarchy of host.hierarchies) {
    if (host.kind === "v2") await delegateControllers(hierarchy, path);
    await mkdir(join(hierarchy, path), { recursive: true });
    await inheritCpuset(hierarchy, path);
    await setLimits(join(hierarchy, path), limits);
  }
  return host.hierarchies.map((hierarchy) => join(hierarchy, path, "cgroup.procs"));
}

/** Removes a cgroup with all below it from each hierarchy; its processes have ended. */
export async function removeCgroup(
  hierarchies: readonly string[],
  path: string,
  clock: Clock,
): Promise<void> {
  for (const directory of hierarchies.map((hierarchy) => join(hierarchy, path))) {
    const wait = {
      clock,
      title: `cgroup ${directory} to be empty`,
      timeoutMs: 5000,
      hint: () => `Processes listed in ${directory}/cgroup.procs keep it; end them and try again.`,
      intervalMs: 10,
    };
    await waitUntil(wait, () => removeTree(directory));
  }
}

/** Removes a cgroup that has nothing in it from each hierarchy; false: there is something in it, and in that hierarchy it stays. */
export async function removeEmptyCgroup(hierarchies: readonly string[], path: string): Promise<boolean> {
  const directories = hierarchies.map((hierarchy) => join(hierarchy, path));
  const removed = await Promise.all(
    directories.map((directory) => rmdir(directory).then(() => true, isGone)),
  );
  return removed.every(Boolean);
}

/** Cgroups of that path that exist, in any hierarchy. */
export async function findCgroups(hierarchies: readonly string[], path: string): Promise<readonly string[]> {
  const directories = hierarchies.map((hierarchy) => join(hierarchy, path));
  const present = await Promise.all(
    directories.map((directory) => readdir(directory).then(() => true, missing)),
  );
  return directories.filter((_, index) => present[index]);
}

/** Cgroup v2 hands a controller to a group only if each group above it does. */
async function delegateControllers(hierarchy: string, path: string): Promise<void> {
  const groups = path.split("/").map((_, index, parts) => join(hierarchy, ...parts.slice(0, index)));
  for (const group of groups) {
    await mkdir(group, { recursive: true });
    const available = (await readFile(join(group, "cgroup.controllers"), "utf8")).trim().split(" ");
    const wanted = v2Controllers.filter((controller) => available.includes(controller));
    await writeFile(
      join(group, "cgroup.subtree_control"),
      wanted.map((controller) => `+${controller}`).join(" "),
    );
  }
}

/** A new cpuset group is empty and lets no process in. */
async function inheritCpuset(hierarchy: string, path: string): Promise<void> {
  for (const [index, part] of path.split("/").entries()) {
    const directory = join(hierarchy, ...path.split("/").slice(0, index), part);
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const current = await readText(join(directory, file));
      // Cgroup v2 inherits by leaving the file empty.
      if (current?.trim() === "" && (await readText(join(directory, "cgroup.controllers"))) === undefined) {
        await writeFile(join(directory, file), await readFile(join(dirname(directory), file), "utf8"));
      }
    }
  }
}

async function setLimits(directory: string, { memoryMiB, cpus }: Limits): Promise<void> {
  const files = new Set(await readdir(directory));
  const set = async (file: string, value: string) => {
    if (files.has(file)) await writeFile(join(directory, file), value);
  };
  const bytes = memoryMiB === undefined ? undefined : memoryMiB * 1024 * 1024;
  const quotaUs = cpus === undefined ? undefined : Math.round(cpus * cpuPeriodUs);
  await set("memory.max", String(bytes ?? "max"));
  await set("memory.limit_in_bytes", String(bytes ?? -1));
  await set("cpu.max", `${quotaUs ?? "max"} ${cpuPeriodUs}`);
  await set("cpu.cfs_quota_us", String(quotaUs ?? -1));
}

async function removeTree(directory: string): Promise<true | undefined> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    for (const entry of entries.filter((child) => child.isDirectory())) {
      if (!(await removeTree(join(directory, entry.name)))) return undefined;
    }
    await rmdir(directory);
  } catch (error) {
    if (hasCode(error, "EBUSY")) return undefined;
    missing(error);
  }
  return true;
}

function isGone(error: unknown): boolean {
  if (hasCode(error, "EBUSY", "ENOTEMPTY")) return false;
  if (hasCode(error, "ENOENT")) return true;
  throw error;
}

function missing(error: unknown): false {
  if (hasCode(error, "ENOENT")) return false;
  throw error;
}
