import { fieldAt, textAt } from "./json-fields.ts";

/** One line of what a machine's Docker daemon said, or systemd about it. */
export interface DaemonLine {
  /** Milliseconds since 1970 by the machine's clock, with fractions; undefined: the log tells no time up to here. */
  readonly atMs: number | undefined;
  /** Without its time. The daemon's own words stand alone; those of others follow their name: `systemd: Started …`. */
  readonly text: string;
}

/** Reads the log of one machine line by line: `journalctl --output json`, or a log file of dockerd's own. What has no time has that of the line before. */
export class DaemonLines {
  #lastMs: number | undefined;

  /** Entries of a journal may have several lines. */
  read(line: string): readonly DaemonLine[] {
    const entry = journalEntry(line) ?? { atMs: timeIn(line), text: withoutTime(line) };
    const atMs = entry.atMs ?? this.#lastMs;
    this.#lastMs = atMs;
    return entry.text
      .trimEnd()
      .split("\n")
      .map((text) => ({ atMs, text }));
  }
}

/** Undefined: it is not from a journal. Fields: https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html */
function journalEntry(line: string): DaemonLine | undefined {
  if (!line.startsWith("{")) return undefined;
  const data = parseJson(line);
  const timeUs = textAt(data, "__REALTIME_TIMESTAMP");
  if (!/^\d{1,16}$/.test(timeUs)) return undefined;
  const who = textAt(data, "SYSLOG_IDENTIFIER");
  const said = withoutTime(messageOf(fieldAt(data, "MESSAGE")));
  return { atMs: Number(timeUs) / 1000, text: who === "dockerd" || who === "" ? said : `${who}: ${said}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A text with bytes that cannot be printed comes as a list of all its bytes, one that is too long as null. */
function messageOf(message: unknown): string {
  if (typeof message === "string") return message;
  if (message === null) return "(a line too long to be read)";
  if (!Array.isArray(message)) return "";
  const bytes = message.flatMap((byte) => (typeof byte === "number" ? byte : []));
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** dockerd writes `time="…"`, and as JSON `"time":"…"`. */
function timeIn(line: string): number | undefined {
  const time = /^time="(?<time>[^"]+)"|^\{.*"time":"(?<json>[^"]+)"/.exec(line)?.groups;
  const atMs = Date.parse(time?.["time"] ?? time?.["json"] ?? "");
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** Where lines of several machines stand together, each has its time in front. */
function withoutTime(line: string): string {
  return line.replace(/^time="[^"]*" /, "");
}
