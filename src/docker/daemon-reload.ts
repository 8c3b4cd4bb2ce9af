import { isDeepStrictEqual } from "node:util";
import type { DaemonOptions } from "../cluster/cluster.ts";
import type { DaemonChange } from "./daemon-config.ts";
import { isVersionBefore } from "./engine-version.ts";
import { isObject } from "./json-object.ts";

/** Read again on SIGHUP; when they are gone, the value from before stays. */
const reloadedWhenThere: ReadonlySet<string> = new Set([
  "debug",
  "default-runtime",
  "insecure-registries",
  "labels",
  "live-restore",
  "registry-mirrors",
  "runtimes",
  "shutdown-timeout",
]);

/** Read again on SIGHUP; when they are gone, dockerd's default is back. */
const reloadedAlways: ReadonlySet<string> = new Set([
  "max-concurrent-downloads",
  "max-concurrent-uploads",
  "max-download-attempts",
]);

/**
 * Whether a daemon that runs takes these changes over on SIGHUP, without a restart. `next`: all options as they shall be.
 * https://docs.docker.com/reference/cli/dockerd/#configuration-reload-behavior, each looked up in `daemon/reload.go` of moby 20.10 to 28; left out are
 * `authorization-plugins`, for a plugin that does not answer ends the daemon there, and the options of a cluster store.
 */
export function isReloadable(
  changes: readonly DaemonChange[],
  { next, version }: { readonly next: DaemonOptions; readonly version: string },
): boolean {
  if (!/^\d/.test(version) || isVersionBefore(version, "20.10")) return false;
  return changes.every((change) => takesOver(change, next));
}

function takesOver({ key, from, to }: DaemonChange, next: DaemonOptions): boolean {
  // All are read again, but most count only while the daemon starts.
  if (key === "features") return isDeepStrictEqual(startFeatures(from), startFeatures(to));
  // To end debugging sets the log level to info.
  if (key === "debug" && Object.hasOwn(next, "log-level")) return false;
  return reloadedAlways.has(key) || (to !== undefined && reloadedWhenThere.has(key));
}

function startFeatures(features: unknown): DaemonOptions {
  const entries = Object.entries(isObject(features) ? features : {});
  return Object.fromEntries(entries.filter(([name]) => name !== "buildkit"));
}
