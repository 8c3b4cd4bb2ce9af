import { isObject } from "../docker/json-object.ts";

export interface Mismatch {
  /** `Spec.Mode`; empty for the whole. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/**
 * The first place where `actual` is not as `expected`, which names only what matters: keys left out may hold anything, each element of a list
 * must match one in the actual list, and `null` stands for something that is not there or empty.
 */
export function mismatchOf(expected: unknown, actual: unknown, path = ""): Mismatch | undefined {
  if (expected === null) return isAbsent(actual) ? undefined : { path, expected, actual };
  if (Array.isArray(expected)) return listMismatch(expected, actual, path);
  if (!isObject(expected)) return expected === actual ? undefined : { path, expected, actual };
  if (!isObject(actual)) return { path, expected, actual };
  for (const [key, value] of Object.entries(expected)) {
    const found = mismatchOf(value, actual[key], path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function listMismatch(expected: readonly unknown[], actual: unknown, path: string): Mismatch | undefined {
  const elements: readonly unknown[] = Array.isArray(actual) ? actual : [];
  const missing = expected.find((wanted) =>
    elements.every((element) => mismatchOf(wanted, element) !== undefined),
  );
  return missing === undefined ? undefined : { path, expected: missing, actual };
}

function isAbsent(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}
