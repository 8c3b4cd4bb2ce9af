import { isObject } from "./json-object.ts";

/** What stands under these keys, one inside the other; undefined where one of them is not there. */
export function fieldAt(data: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), data);
}

/** As `fieldAt`; empty where it is no text. */
export function textAt(data: unknown, ...keys: readonly string[]): string {
  const value = fieldAt(data, ...keys);
  return typeof value === "string" ? value : "";
}

/** As `fieldAt`; undefined where it is no number. */
export function numberAt(data: unknown, ...keys: readonly string[]): number | undefined {
  const value = fieldAt(data, ...keys);
  return typeof value === "number" ? value : undefined;
}

/** As `fieldAt`; empty where it is no list. */
export function listAt(data: unknown, ...keys: readonly string[]): readonly unknown[] {
  const value = fieldAt(data, ...keys);
  return Array.isArray(value) ? value : [];
}
