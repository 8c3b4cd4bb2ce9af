import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, readText } from "../../system/files.ts";

/** A kernel setting that machines need at least so high. */
interface Setting {
  readonly path: string;
  readonly atLeast: number;
  readonly reason: string;
}

const settings: readonly Setting[] = [
  {
    path: "/proc/sys/net/ipv4/ip_forward",
    atLeast: 1,
    reason: "machines reach the outside through this host",
  },
  {
    path: "/proc/sys/fs/inotify/max_user_instances",
    atLeast: 8192,
    reason: "about twenty machines use up the usual 128",
  },
  {
    // Counted over all network namespaces; each machine knows each other one.
    path: "/proc/sys/net/ipv4/neigh/default/gc_thresh3",
    atLeast: 16_384,
    reason: "about thirty-five machines use up the usual 1024",
  },
];

/** Remembers values until the next boot, which brings the host's own back anyway. */
const memory = "/run/swarmlab/settings";

/** Raises what is too low, remembers the value before, and says what it did. */
export async function raiseHostSettings(warn: (text: string) => void): Promise<void> {
  for (const { path, atLeast, reason } of settings) {
    const before = (await readText(path))?.trim();
    // Some are there only in the network namespace that the kernel began with: in a container nothing can be done about them.
    if (before === undefined || Number(before) >= atLeast) continue;
    await mkdir(memory, { recursive: true, mode: 0o700 });
    await writeFile(join(memory, encodeURIComponent(path)), before, { flag: "wx" }).catch(unlessThere);
    await writeFile(path, String(atLeast));
    warn(
      `Set ${path.slice("/proc/sys/".length).replaceAll("/", ".")} from ${before} to ${atLeast}: ${reason}. The last destroy puts it back.`,
    );
  }
}

/** Puts back what `raiseHostSettings` found. */
export async function restoreHostSettings(): Promise<void> {
  const remembered = await readdir(memory).catch(() => []);
  for (const entry of remembered) {
    const before = await readFile(join(memory, entry), "utf8");
    await writeFile(decodeURIComponent(entry), before);
  }
  await rm("/run/swarmlab", { recursive: true, force: true });
}

function unlessThere(error: unknown): void {
  if (!hasCode(error, "EEXIST")) throw error;
}
