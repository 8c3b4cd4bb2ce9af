import type { Engine } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import { limitMs, type Clock } from "../system/clock.ts";

/** A machine leaves whatever swarm it is in. Its tasks are stopped first. */
export async function leaveSwarm(its: {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { engine, clock, signal } = its;
  try {
    await engine.request("POST", "/swarm/leave?force=true", { signal, timeoutMs: limitMs(clock, 90_000) });
  } catch (error) {
    // 503: it is in none.
    if (
      !(error instanceof FailureError) ||
      error.failure.kind !== "engine-api" ||
      error.failure.status !== 503
    )
      throw error;
  }
}
