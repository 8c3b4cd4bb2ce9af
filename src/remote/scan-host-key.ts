import type { Duplex } from "node:stream";
import { FailureError } from "../failure.ts";
import type { Clock } from "../system/clock.ts";
import { onAbort, reasonOf, withDeadline } from "./abort.ts";
import { dialTcp, type Dial } from "./dial-tcp.ts";
import { unreachable } from "./remote-failures.ts";
import { Client } from "./ssh2.ts";
import { hostKeyAlgorithms } from "./ssh-host-key.ts";
import { hostKeyLine } from "./ssh-keys.ts";

/** Whose key is asked for, and how long a machine that boots is waited for. */
export interface ScanOptions {
  readonly machine: string;
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** In place of a TCP connection to address and port. */
  readonly dial?: Dial;
}

const retryPauseMs = 100;

/**
 * The host key that a machine shows, as a public key line: for the first contact with a machine that was made a moment ago. Nothing is
 * sent to it, and later connections pin what was seen.
 * @throws FailureError `unreachable` after `timeoutMs`; the failure of `dial`; the signal's reason.
 */
export async function scanHostKey(options: ScanOptions): Promise<string> {
  const { timeoutMs, clock, dial = (signal: AbortSignal) => dialTcp({ ...options, signal }) } = options;
  let last = new Error("no answer");
  const deadline = {
    timeoutMs,
    signals: [options.signal],
    expired: () => unreachable(options, last.message, last),
  };
  return await withDeadline(deadline, async (signal) => {
    for (;;) {
      try {
        return await askHostKey(await dial(signal), signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof FailureError || !(error instanceof Error)) throw error;
        last = error;
      }
      await clock.sleep(retryPauseMs, signal);
    }
  });
}

function askHostKey(socket: Duplex, signal: AbortSignal): Promise<string> {
  const client = new Client();
  return new Promise<string>((resolve, reject) => {
    const stop = onAbort(signal, () => socket.destroy(reasonOf(signal)));
    const end = (error: Error): void => {
      stop();
      socket.destroy();
      reject(error);
    };
    client.on("error", end);
    client.once("close", () => end(new Error("connection closed before the host key was shown")));
    client.connect({
      sock: socket,
      username: "nobody",
      algorithms: { serverHostKey: Object.values(hostKeyAlgorithms).flat() },
      hostVerifier: (key: Buffer) => {
        resolve(hostKeyLine(key));
        return false;
      },
    });
  });
}
