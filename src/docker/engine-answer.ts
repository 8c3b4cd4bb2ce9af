import { FailureError } from "../failure.ts";
import { isObject } from "./json-object.ts";

/** The failure for an answer that is not of the engine's API. The answer itself is left out: it may hold a secret. */
export function unexpectedAnswer(request: string, wrong: string): FailureError {
  return new FailureError({ kind: "engine-answer", request, wrong });
}

/** The answer as an object. @throws FailureError `engine-answer` */
export function objectIn(request: string, data: unknown): Readonly<Record<string, unknown>> {
  if (isObject(data)) return data;
  throw unexpectedAnswer(request, `the answer is ${nameOf(data)}, not an object`);
}

/** The answer as a list. @throws FailureError `engine-answer` */
export function listIn(request: string, data: unknown): readonly unknown[] {
  if (Array.isArray(data)) return data;
  throw unexpectedAnswer(request, `the answer is ${nameOf(data)}, not a list`);
}

function nameOf(data: unknown): string {
  if (data === undefined || data === null) return "empty";
  if (Array.isArray(data)) return "a list";
  return typeof data === "object" ? "an object" : `a ${typeof data}`;
}
