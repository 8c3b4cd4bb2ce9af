import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hasCode, readText } from "../../system/files.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";
import type { NspawnHost } from "./nspawn-host.ts";

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
const usualMemory = "/run/swarmlab/settings";

/** Raises what is too low, remembers the value before, and says what it did. */
export async function raiseHostSettings(warn: (text: string) => void): Promise<void> {
  for (const { path, atLeast, reason } of settings) {
    const before = (await readText(path))?.trim();
    // Some are there only in the network namespace that the kernel began with: in a container nothing can be done about them.
    if (before === undefined || Number(before) >= atLeast) continue;
    await mkdir(usualMemory, { recursive: true, mode: 0o700 });
    await writeFile(join(usualMemory, encodeURIComponent(path)), before, { flag: "wx" }).catch(unlessThere);
    await writeFile(path, String(atLeast));
    warn(
      `Set ${path.slice("/proc/sys/".length).replaceAll("/", ".")} from ${before} to ${atLeast}: ${reason}. The last destroy puts it back.`,
    );
  }
}

/** Puts back what `raiseHostSettings` found; forwarding stays on where others have come to need it, and that is said. */
export async function restoreHostSettings(
  { processes, warn }: Pick<NspawnHost, "processes" | "warn">,
  memory = usualMemory,
): Promise<void> {
  const remembered = await readdir(memory).catch(() => []);
  for (const entry of remembered) {
    const path = decodeURIComponent(entry);
    if (basename(path) === "ip_forward" && (await translatesAddresses(processes)))
      warn(
        "net.ipv4.ip_forward stays 1: this host translates addresses for others (Docker, libvirt, a VPN), which need it.",
      );
    else {
      const before = await readText(join(memory, entry));
      // Otherwise another destroy has put it back at the same moment.
      if (before !== undefined) await writeFile(path, before);
    }
  }
  await rm(dirname(memory), { recursive: true, force: true });
}

/** Who forwards for others on a computer that is no router hides them behind its address. */
async function translatesAddresses(processes: ProcessRunner): Promise<boolean> {
  for (const argv of [
    ["iptables-save", "-t", "nat"] as const,
    ["nft", "--terse", "list", "ruleset"] as const,
  ]) {
    if ((await processes.which(argv[0])) === undefined) continue;
    // Where the kernel has no such tables the program fails, and nobody has rules in them.
    if (/\b(?:masquerade|snat)\b/i.test((await processes.tryRun({ argv })).stdout)) return true;
  }
  return false;
}

function unlessThere(error: unknown): void {
  if (!hasCode(error, "EEXIST")) throw error;
}
