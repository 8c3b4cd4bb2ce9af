import { setTimeout as delay } from "node:timers/promises";
import { FailureError, type Failure } from "../../src/failure.ts";
import { connectSsh, type ConnectSshOptions } from "../../src/remote/connect-ssh.ts";
import type { Ssh2Remote } from "../../src/remote/ssh2-remote.ts";
import type { Clock } from "../../src/system/clock.ts";
import type { SshServer } from "./ssh-server.ts";

/** Real time. */
export const realClock: Clock = {
  nowMs: () => performance.now(),
  async sleep(ms, signal) {
    await delay(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      throw signal?.aborted === true ? signal.reason : error;
    });
  },
};

/** Connects to the server as `node1` with its pinned key. */
export function connectTo(server: SshServer, changes: Partial<ConnectSshOptions> = {}): Promise<Ssh2Remote> {
  return connectSsh({
    machine: "node1",
    address: "127.0.0.1",
    port: server.port,
    user: "ops",
    privateKey: server.userKey,
    hostKey: server.hostKey,
    timeoutMs: 5000,
    signal: new AbortController().signal,
    clock: realClock,
    ...changes,
  });
}

/** The failure that the work ends with; any other outcome is an error of the test. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in outcome && outcome.error instanceof FailureError) return outcome.error.failure;
  throw new Error("expected a FailureError", { cause: outcome });
}
