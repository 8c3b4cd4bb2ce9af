import type { Remote } from "../remote/remote.ts";
import { limitMs, type Clock } from "../system/clock.ts";

/** For a POSIX shell as root, with systemd or without; returns when the daemon says that it is ready. */
export const restartDaemonCommand = "systemctl restart docker || service docker restart";

/** Restarts a machine's daemon as it is configured. @throws FailureError `remote-command`, `timeout`, `unreachable` */
export async function restartDaemon(
  remote: Remote,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const timeoutMs = limitMs(clock, 120_000);
  await remote.run({ argv: ["sh", "-c", restartDaemonCommand], sudo: true, timeoutMs, signal });
}
