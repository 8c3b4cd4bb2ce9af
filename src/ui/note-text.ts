import type { Paint } from "./paint.ts";
import type { UiEvent } from "./ui-event.ts";

type Note = Extract<UiEvent, { readonly type: "note" | "debug" }>;

/** One line for something that belongs to no step. */
export function formatNote(note: Note, paint: Paint): string {
  if (note.type === "debug") return paint("dim", `debug: ${note.text}`);
  return note.level === "warning" ? `${paint("yellow", "warning:")} ${note.text}` : note.text;
}
