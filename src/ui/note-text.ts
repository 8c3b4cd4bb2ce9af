import type { Paint } from "./paint.ts";
import { wrap } from "./wrap.ts";
import type { UiEvent } from "./ui-event.ts";

type Note = Extract<UiEvent, { readonly type: "note" | "debug" }>;

const maxColumns = 100;

/** Something that belongs to no step, broken into lines that fit. */
export function formatNote(
  note: Note,
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string {
  if (note.type === "debug") return paint("dim", `debug: ${note.text}`);
  const label = note.level === "warning" ? "warning: " : "";
  // In a pipe a note stays one line, for grep.
  const width = columns === Infinity ? Infinity : Math.min(columns, maxColumns);
  return wrap(`${label}${note.text}`, width)
    .join("\n")
    .replace(/^warning:/, paint("yellow", "warning:"));
}
