import type { Engine } from "../docker/engine.ts";
import { restartDaemonCommand } from "../docker/restart-daemon.ts";
import { FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
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

/** Port 7946 belongs to a swarm that the machine is in. */
const script = `
if ss --listening --tcp --numeric --no-header 'sport = :7946' | grep --quiet .; then
  { ${restartDaemonCommand}; } >&2 && echo freed
fi`;

/**
 * Restarts the daemon of a machine in no swarm where it still listens for gossip: dockerd says "Could not close DB: timeout waiting for leave
 * broadcast" and keeps the port for ever, so that no overlay network comes up in the next swarm (seen with moby 20.10.24).
 * Returns whether it was so.
 */
export async function releaseGossip(its: {
  readonly remote: Remote;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<boolean> {
  const { remote, clock, signal } = its;
  const timeoutMs = limitMs(clock, 120_000);
  const { stdout } = await remote.run({ argv: ["sh", "-c", script], sudo: true, timeoutMs, signal });
  return stdout.trim() === "freed";
}
