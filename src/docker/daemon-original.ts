import { isDeepStrictEqual } from "node:util";
import type { FileChange } from "./apply-daemon.ts";
import { type DaemonMerge, formatDaemonConfig, parseDaemonConfig } from "./daemon-config.ts";
import type { DaemonRecord } from "./daemon-record.ts";

/** The record after a merge, with `daemon.json` as it was before this program set anything. `text`: as it is now. */
export function rememberOriginal(
  next: DaemonRecord,
  before: { readonly record: DaemonRecord; readonly text: string | undefined },
): DaemonRecord {
  if (isEmpty(next)) return next;
  const { record, text = null } = before;
  const original = isEmpty(record) ? text : record.original;
  return { ...next, ...(original !== undefined && { original }) };
}

/** What becomes of `daemon.json`: with nothing of this program's left in it, it is the file that it was, or none where there was none. */
export function configChange({ next, record, changes }: DaemonMerge, before: DaemonRecord): FileChange {
  if (changes.length === 0) return "keep";
  const { original } = before;
  const formatted = { content: formatDaemonConfig(next) };
  if (!isEmpty(record) || original === undefined) return formatted;
  if (original === null) return isDeepStrictEqual(next, {}) ? "remove" : formatted;
  const was = parseDaemonConfig(original, "");
  return was.ok && isDeepStrictEqual(next, was.value) ? { content: original } : formatted;
}

const isEmpty = ({ options }: DaemonRecord): boolean => Object.keys(options).length === 0;
