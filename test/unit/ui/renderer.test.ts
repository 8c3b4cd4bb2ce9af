import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { createRenderer, type RendererOptions } from "../../../src/ui/renderer.ts";
import type { UiEvent } from "../../../src/ui/ui-event.ts";
import { failureSamples } from "./failure-samples.ts";
import { TextBuffer } from "./text-buffer.ts";

const leaf = (id: string, title: string) => ({ id, title, steps: [] });
const events: readonly UiEvent[] = [
  { type: "note", level: "info", text: "using nspawn" },
  {
    type: "steps",
    steps: [
      {
        id: "m",
        title: "Machines",
        steps: [
          { id: "m/node1", title: "node1", steps: [leaf("m/node1/boot", "boot")] },
          { id: "m/node2", title: "node2", steps: [leaf("m/node2/boot", "boot")] },
        ],
      },
      leaf("v", "Verify"),
    ],
  },
  { type: "step", id: "m", state: "started" },
  { type: "step", id: "m/node1", state: "started" },
  { type: "step", id: "m/node1/boot", state: "started" },
  { type: "step", id: "m/node2", state: "started" },
  { type: "step", id: "m/node2/boot", state: "started" },
  { type: "step", id: "m/node1/boot", state: "progress", text: "waiting for SSH" },
  { type: "note", level: "warning", text: "memory is short" },
  { type: "debug", text: "detail" },
  { type: "step", id: "m/node1/boot", state: "done", elapsedMs: 1234, text: "already running" },
  { type: "step", id: "m/node1", state: "done", elapsedMs: 1234 },
  {
    type: "step",
    id: "m/node2/boot",
    state: "failed",
    elapsedMs: 61_000,
    failure: failureSamples.unreachable,
  },
  { type: "step", id: "m/node2", state: "failed", elapsedMs: 61_000 },
  { type: "step", id: "m", state: "failed", elapsedMs: 61_000 },
  { type: "step", id: "v", state: "skipped" },
];

async function show(
  kind: RendererOptions["kind"],
  shown: readonly UiEvent[] = events,
  verbose = false,
): Promise<string> {
  const sink = new TextBuffer({ isTty: kind === "tty" });
  const renderer = createRenderer({ kind, sink, verbose, now: () => new Date(0) });
  for (const event of shown) renderer.emit(event);
  await renderer.finish();
  return sink.text;
}

/** What stands on the terminal at the end: all after the last time that the drawing was erased. */
const finalScreen = (text: string): string =>
  stripVTControlCharacters(text.slice(text.lastIndexOf("\u001b[G") + 3)).trimEnd();

describe("plain renderer", () => {
  it("takes the place of a drawing on a terminal without a size, such as a serial line", async () => {
    const sink = new TextBuffer({ isTty: true, columns: Infinity });
    const renderer = createRenderer({ kind: "tty", sink, verbose: false, now: () => new Date(0) });
    for (const event of events) renderer.emit(event);
    await renderer.finish();
    expect(sink.text).toBe(await show("plain"));
  });

  it("writes a line for each start and end of a leaf, and notes", async () => {
    expect(await show("plain")).toBe(
      [
        "using nspawn",
        "Machines > node1 > boot: started",
        "Machines > node2 > boot: started",
        "warning: memory is short",
        "Machines > node1 > boot: done in 1.2 s (already running)",
        "Machines > node2 > boot: failed after 1 min 1 s: node1 does not answer over SSH",
        "",
      ].join("\n"),
    );
  });

  it("shows debug events when verbose", async () => {
    expect(await show("plain", events, true)).toContain("debug: detail\n");
  });
});

describe("NDJSON renderer", () => {
  it("writes one object for each event, with time and schemaVersion", async () => {
    const lines = (await show("json", events, true)).trimEnd().split("\n");
    const base = { schemaVersion: 1, time: "1970-01-01T00:00:00.000Z" };
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      events.map((event) => ({ ...base, ...event })),
    );
  });
});

describe("listr renderer", () => {
  it("draws the tree to its end, with times, outcomes and notes", async () => {
    const text = await show("tty");
    expect(text.startsWith("using nspawn\n")).toBe(true);
    expect(finalScreen(text)).toBe(
      [
        "❯ Machines",
        "  ✔ node1 [1.2 s]",
        "    ✔ boot (already running) [1.2 s]",
        "  ❯ node2",
        "    ✖ boot",
        "      › node1 does not answer over SSH",
        "- Verify",
        "",
        "warning: memory is short",
      ].join("\n"),
    );
  });

  it("shows progress below its step", async () => {
    expect(await show("tty")).toMatch(/boot\n\s+› waiting for SSH/);
  });

  it("shows steps that have not started as waiting", async () => {
    expect(await show("tty", events.slice(0, 3))).not.toMatch(/[⠋⠙⠹] (node1|Verify)/);
  });

  it("ends when steps are left without an end", async () => {
    expect(finalScreen(await show("tty", events.slice(0, 6)))).toContain("Machines");
  });

  it("draws several trees one after another", async () => {
    const second: readonly UiEvent[] = [
      { type: "steps", steps: [leaf("x", "Second")] },
      { type: "step", id: "x", state: "started" },
      { type: "step", id: "x", state: "done", elapsedMs: 50 },
      { type: "note", level: "info", text: "that is all" },
    ];
    const text = await show("tty", [...events, ...second]);
    expect(text.indexOf("- Verify")).toBeLessThan(text.indexOf("✔ Second [0.1 s]"));
    expect(text.trimEnd().endsWith("that is all")).toBe(true);
  });
});
