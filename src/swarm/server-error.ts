import { FailureError, type Failure } from "../failure.ts";

/** True for answers with a status of 500 and more: no leader, raft not ready, a daemon that is not up yet. */
export function isServerError(
  error: unknown,
): error is FailureError & { readonly failure: Extract<Failure, { kind: "engine-api" }> } {
  return error instanceof FailureError && error.failure.kind === "engine-api" && error.failure.status >= 500;
}
