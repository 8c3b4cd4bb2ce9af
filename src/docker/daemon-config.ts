import { isDeepStrictEqual } from "node:util";
import type { Cluster, DaemonOptions, MachineSpec } from "../cluster/cluster.ts";
import type { Result } from "../failure.ts";
import type { DaemonRecord, RecordedOption } from "./daemon-record.ts";
import { imageCacheUrl } from "./image-cache.ts";
import { parseJsonObject } from "./json-object.ts";

export const daemonConfigPath = "/etc/docker/daemon.json";

/** `restore` and `remove` take back an option that is no longer wanted: to the value before, or to none. */
export interface DaemonChange {
  readonly key: string;
  readonly action: "add" | "change" | "restore" | "remove";
  /** Left out where the option was not there. */
  readonly from?: unknown;
  /** Left out where the option will not be there. */
  readonly to?: unknown;
}

export interface DaemonMerge {
  readonly next: DaemonOptions;
  readonly record: DaemonRecord;
  /** Empty where `next` means the same as the current options; the record may differ all the same. */
  readonly changes: readonly DaemonChange[];
}

/** The options that this program wants on a machine; the person's own come last and win. Every engine with Swarm mode knows the first (moby/moby#24237). */
export function wantedDaemonOptions(
  cluster: Pick<Cluster, "imageCache" | "machines">,
  machine: MachineSpec,
): DaemonOptions {
  const mirror = imageCacheUrl(cluster);
  return {
    "swarm-default-advertise-addr": machine.address,
    ...(mirror !== undefined && { "registry-mirrors": [mirror] }),
    ...machine.daemon,
  };
}

/** Reads `daemon.json`; a missing or blank file has no options, as for dockerd. Fails with `daemon` and the place of the mistake. */
export function parseDaemonConfig(text: string | undefined, machine: string): Result<DaemonOptions> {
  return parseJsonObject({ text, machine, path: daemonConfigPath });
}

/** The text of `daemon.json`. */
export function formatDaemonConfig(options: DaemonOptions): string {
  return `${JSON.stringify(options, null, 2)}\n`;
}

/**
 * The options as they shall be: wanted ones win key by key and are replaced whole; recorded ones that are no longer
 * wanted go back to what was before; all others stay. Merging twice is merging once.
 */
export function mergeDaemonConfig(options: {
  readonly current: DaemonOptions;
  readonly record: DaemonRecord;
  readonly wanted: DaemonOptions;
}): DaemonMerge {
  const { current, record } = options;
  const wanted = asJson(options.wanted);
  const next = Object.fromEntries([
    ...takeBack({ current, record, wanted }).entries(),
    ...Object.entries(wanted),
  ]);
  return {
    next,
    record: { schemaVersion: 1, options: recordBefore({ current, record, wanted }) },
    changes: changesBetween({ current, next, wanted }),
  };
}

/** One line for people: `add debug = true, change mtu: 1500 -> 1400`. Credentials in URLs are left out. */
export function formatDaemonChanges(changes: readonly DaemonChange[]): string {
  return changes.map(formatChange).join(", ");
}

/** The options as a file would give them back: no `undefined`, no `-0`. */
function asJson(options: DaemonOptions): DaemonOptions {
  return JSON.parse(JSON.stringify(options)) as DaemonOptions;
}

interface MergeInput {
  readonly current: DaemonOptions;
  readonly record: DaemonRecord;
  readonly wanted: DaemonOptions;
}

function takeBack({ current, record, wanted }: MergeInput): ReadonlyMap<string, unknown> {
  const kept = new Map(Object.entries(current));
  for (const [key, recorded] of Object.entries(record.options)) {
    if (Object.hasOwn(wanted, key)) continue;
    if (Object.hasOwn(recorded, "before")) kept.set(key, recorded.before);
    else kept.delete(key);
  }
  return kept;
}

function recordBefore({ current, record, wanted }: MergeInput): Readonly<Record<string, RecordedOption>> {
  const recorded = new Map(Object.entries(record.options));
  const entries = Object.entries(wanted).flatMap(([key, value]): (readonly [string, RecordedOption])[] => {
    const earlier = recorded.get(key);
    if (earlier) return [[key, earlier]];
    if (!Object.hasOwn(current, key)) return [[key, {}]];
    return isDeepStrictEqual(current[key], value) ? [] : [[key, { before: current[key] }]];
  });
  return Object.fromEntries(entries);
}

function changesBetween(options: {
  readonly current: DaemonOptions;
  readonly next: DaemonOptions;
  readonly wanted: DaemonOptions;
}): readonly DaemonChange[] {
  const { current, next, wanted } = options;
  const keys = new Set([...Object.keys(current), ...Object.keys(next)]);
  return [...keys].flatMap((key): DaemonChange[] => {
    const from = Object.hasOwn(current, key) ? { from: current[key] } : undefined;
    const to = Object.hasOwn(next, key) ? { to: next[key] } : undefined;
    if (from && to && isDeepStrictEqual(from.from, to.to)) return [];
    const set = from ? "change" : "add";
    const takenBack = to ? "restore" : "remove";
    return [{ key, action: Object.hasOwn(wanted, key) ? set : takenBack, ...from, ...to }];
  });
}

function formatChange({ key, action, from, to }: DaemonChange): string {
  switch (action) {
    case "add":
    case "restore":
      return `${action} ${key} = ${formatValue(to)}`;
    case "change":
      return `${action} ${key}: ${formatValue(from)} -> ${formatValue(to)}`;
    case "remove":
      return `${action} ${key}`;
  }
}

function formatValue(value: unknown): string {
  const text = JSON.stringify(value).replaceAll(/\/\/[^/@\s"]+@/g, "//…@");
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
