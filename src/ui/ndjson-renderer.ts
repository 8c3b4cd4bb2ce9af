import type { Renderer } from "./renderer.ts";
import type { TextSink } from "./text-sink.ts";

/** One JSON object a line: the event with `schemaVersion` (1) and `time` (ISO 8601, UTC). */
export function createNdjsonRenderer(sink: TextSink, now: () => Date): Renderer {
  return {
    emit: (event) =>
      sink.write(`${JSON.stringify({ schemaVersion: 1, time: now().toISOString(), ...event })}\n`),
    finish: () => Promise.resolve(),
  };
}
