import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DaemonLines } from "../../../src/docker/daemon-lines.ts";

const read = (...lines: readonly string[]) => {
  const reader = new DaemonLines();
  return lines.flatMap((line) => reader.read(line));
};

/** An entry of `journalctl --output json` (systemd 252), without the fields that are not read. */
const entry = (message: unknown, who = "dockerd") =>
  JSON.stringify({
    __REALTIME_TIMESTAMP: "1764063836123456",
    SYSLOG_IDENTIFIER: who,
    MESSAGE: message,
    _TRANSPORT: "stdout",
  });
const atMs = 1764063836123.456;

describe("DaemonLines", () => {
  it("takes time and words out of a journal, and dockerd's own time away", () => {
    expect(
      read(entry('time="2025-11-25T09:43:56.123400001Z" level=info msg="Starting up"'), entry("panic: woe")),
    ).toEqual([
      { atMs, text: 'level=info msg="Starting up"' },
      { atMs, text: "panic: woe" },
    ]);
  });

  it("says who else spoke", () => {
    expect(read(entry("Started Docker.", "systemd"))).toEqual([{ atMs, text: "systemd: Started Docker." }]);
  });

  it.each([
    ["several lines", "a\n\tb\n", ["a", "\tb"]],
    ["bytes", [103, 114, 195, 188, 27], ["grü\u001b"]],
    ["a text that was too long", null, ["(a line too long to be read)"]],
  ])("reads a message that is %s", (_, message, texts) => {
    expect(read(entry(message))).toEqual(texts.map((text) => ({ atMs, text })));
  });

  it("reads a log file, where lines without a time belong to the one before", () => {
    expect(
      read(
        "unknown flag: --poison",
        'time="2025-11-25T10:43:56.5+01:00" level=fatal msg="woe"',
        "goroutine 1 [running]:",
        '{"level":"info","msg":"as JSON","time":"2025-11-25T09:43:57Z"}',
      ),
    ).toEqual([
      { atMs: undefined, text: "unknown flag: --poison" },
      { atMs: Date.UTC(2025, 10, 25, 9, 43, 56, 500), text: 'level=fatal msg="woe"' },
      { atMs: Date.UTC(2025, 10, 25, 9, 43, 56, 500), text: "goroutine 1 [running]:" },
      {
        atMs: Date.UTC(2025, 10, 25, 9, 43, 57),
        text: '{"level":"info","msg":"as JSON","time":"2025-11-25T09:43:57Z"}',
      },
    ]);
  });

  it("survives whatever a line holds", () => {
    const line = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.json().map(entry));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        for (const { atMs: time } of read(...lines))
          expect(time === undefined || Number.isFinite(new Date(time).getTime())).toBe(true);
      }),
    );
  });
});
