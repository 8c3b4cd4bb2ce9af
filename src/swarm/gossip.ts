import { readDaemonLog } from "../docker/read-daemon-log.ts";
import { restartDaemonCommand } from "../docker/restart-daemon.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs, type Clock } from "../system/clock.ts";

/** A machine, and how it is asked about its gossip. */
interface Asked {
  readonly remote: Remote;
  readonly clock: Clock;
  readonly signal: AbortSignal;
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
export async function releaseGossip({ remote, clock, signal }: Asked): Promise<boolean> {
  const timeoutMs = limitMs(clock, 120_000);
  const { stdout } = await remote.run({ argv: ["sh", "-c", script], sudo: true, timeoutMs, signal });
  return stdout.trim() === "freed";
}

/** Said by memberlist, in moby's libnetwork. */
const cannotListen = /\bport 7946: listen .*address already in use/;
/** A daemon that could not listen when it started would not when it starts again. */
const hasStarted = /^systemd: Started |\bmsg="API listen on /;

/**
 * Whether the daemon of a machine came into its swarm without gossip, for it still listened for the swarm before: by its log since it started. Such a
 * machine is Ready, and has no part in overlay networks until its daemon starts anew (seen with moby 20.10.24).
 * @throws FailureError `unreachable`, `timeout`, `remote-command`
 */
export async function cameDeaf({ remote, clock, signal }: Asked): Promise<boolean> {
  let isDeaf = false;
  await readDaemonLog({
    remote,
    lines: 1000,
    follow: false,
    timeoutMs: limitMs(clock, 30_000),
    signal,
    onLines: (lines) => {
      for (const { text } of lines) isDeaf = cannotListen.test(text) || (isDeaf && !hasStarted.test(text));
    },
  });
  return isDeaf;
}
