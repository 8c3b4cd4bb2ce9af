import { fail, ok, type Result } from "../failure.ts";
import { jsonErrorPlace } from "./json-place.ts";

/**
 * Reads a file that must hold one JSON object; a missing or blank one is `{}`.
 * Fails with `daemon`, naming file, line and column; nothing was changed then, hence `restored`.
 */
export function parseJsonObject(file: {
  readonly text: string | undefined;
  readonly path: string;
  readonly machine: string;
}): Result<Readonly<Record<string, unknown>>> {
  // dockerd, too, overlooks a byte order mark.
  const text = file.text?.replace(/^\uFEFF/, "") ?? "";
  if (text.trim() === "") return ok({});
  const place = jsonErrorPlace(text);
  if (place) {
    return unreadable(
      file,
      `${file.path}:${place.line}:${place.column} is not valid JSON; correct or remove the file`,
    );
  }
  const value: unknown = JSON.parse(text);
  return isObject(value)
    ? ok(value)
    : unreadable(file, `${file.path} must hold a JSON object; correct or remove it`);
}

/** Neither `null` nor an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The failure for a file on a machine that stands in the way and was left as it is. */
export function unreadable(file: { readonly machine: string }, reason: string): Result<never> {
  return fail({ kind: "daemon", machine: file.machine, reason, log: "", restored: true });
}
