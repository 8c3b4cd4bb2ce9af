import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onAbort, reasonOf } from "./abort.ts";

/** Makes a connection that SSH can speak over. Rejects with why there is none yet, a FailureError where waiting cures nothing, or the signal's reason. */
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

/** A SYN that meets no machine gets no answer at all. */
const connectTimeoutMs = 1000;
/** A port forwarder accepts for machines that are not up yet, and then stays silent. */
const bannerTimeoutMs = 3000;

/**
 * A TCP connection on which the other side has said something, its first bytes still unread.
 * Rejects with the socket's error, with `no answer`, or with the signal's reason; no socket is then left.
 */
export function dialTcp(to: {
  readonly address: string;
  readonly port: number;
  readonly signal: AbortSignal;
}): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: to.address, port: to.port, noDelay: true });
    const giveUp = (error: Error): void => {
      stop();
      socket.destroy();
      reject(error);
    };
    const stop = onAbort(to.signal, () => socket.destroy(reasonOf(to.signal)));
    socket.setTimeout(connectTimeoutMs, () => giveUp(new Error("no answer")));
    socket.once("error", giveUp);
    socket.once("close", () => giveUp(new Error("connection closed before the SSH banner")));
    socket.once("connect", () => socket.setTimeout(bannerTimeoutMs));
    socket.once("readable", () => {
      // The end of the stream is `readable` too.
      if (socket.readableLength === 0) return void socket.destroy();
      stop();
      resolve(socket.removeAllListeners().setTimeout(0));
    });
  });
}
