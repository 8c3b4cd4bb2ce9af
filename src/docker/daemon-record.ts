import { ok, type Result } from "../failure.ts";
import { isObject, parseJsonObject, unreadable } from "./json-object.ts";

export const daemonRecordPath = "/etc/docker/swarmlab.json";

/** What an option was before this program set it; no `before`: it was not there. */
export interface RecordedOption {
  readonly before?: unknown;
}

/** Kept on the machine beside `daemon.json`: which options this program set, and what stood there before. */
export interface DaemonRecord {
  readonly schemaVersion: 1;
  readonly options: Readonly<Record<string, RecordedOption>>;
  /** The text of `daemon.json` before the first of these options was set; null: there was no such file. Undefined: an earlier version did not note it. */
  readonly original?: string | null;
}

export const emptyDaemonRecord: DaemonRecord = { schemaVersion: 1, options: {} };

/** Reads the record; a missing file is an empty one. Fails with `daemon` for one that this version cannot read: to guess would lose what was before. */
export function parseDaemonRecord(text: string | undefined, machine: string): Result<DaemonRecord> {
  const parsed = parseJsonObject({ text, machine, path: daemonRecordPath });
  if (!parsed.ok) return parsed;
  if (Object.keys(parsed.value).length === 0) return ok(emptyDaemonRecord);
  const { schemaVersion, options, original } = parsed.value;
  if (schemaVersion !== 1) {
    return unreadable(
      { machine },
      `${daemonRecordPath} is of another version of swarmlab (schemaVersion is not 1)`,
    );
  }
  return isRecordedOptions(options)
    ? ok({
        schemaVersion,
        options,
        ...((typeof original === "string" || original === null) && { original }),
      })
    : unreadable({ machine }, `${daemonRecordPath} does not hold the options that swarmlab set; remove it`);
}

/** The text of the record, or `undefined` where there is nothing to remember and the file shall go. */
export function formatDaemonRecord(record: DaemonRecord): string | undefined {
  return Object.keys(record.options).length === 0 ? undefined : `${JSON.stringify(record, null, 2)}\n`;
}

function isRecordedOptions(value: unknown): value is DaemonRecord["options"] {
  return isObject(value) && Object.values(value).every(isObject);
}
