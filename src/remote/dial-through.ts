import type { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";
import { FailureError } from "../failure.ts";
import { onAbort, withDeadline } from "./abort.ts";
import { channelStream } from "./channel.ts";
import type { Dial } from "./dial-tcp.ts";
import { unreachable } from "./remote-failures.ts";
import type { Ssh2Remote } from "./ssh2-remote.ts";

/** What is dialled, as the jump host sees it. */
export interface Target {
  readonly address: string;
  readonly port: number;
}

/** An address without a machine leaves the jump host itself waiting for two minutes. */
const timeoutMs = 5000;
/** SSH_OPEN_CONNECT_FAILED of RFC 4254, 5.1: it was tried. */
const connectFailed = 2;

/**
 * Dials through an open connection to a jump host, which must stay open for as long as what was dialled.
 * Rejects with FailureError `unreachable` of the jump host where it forwards nothing or is lost itself.
 */
export function dialThrough(jump: Ssh2Remote, target: Target): Dial {
  return (signal) => {
    const expired = (): Error => new Error(`${target.address} does not answer ${jump.machine}`);
    const deadline = { timeoutMs, signals: [jump.lost, signal], expired };
    return withDeadline(deadline, async (until) => {
      try {
        return socketOver(jump, await jump.forward(target, until));
      } catch (error) {
        until.throwIfAborted();
        throw explain(error, jump, target);
      }
    });
  };
}

/** The connection ends with an error of its own words when the one that carries it is lost. */
function socketOver(jump: Ssh2Remote, channel: ClientChannel): Duplex {
  const stream = channelStream({ channel, signals: [], errorOf: () => undefined });
  const lost = new Error(`the connection to ${jump.machine}, which is on the way there, is lost`);
  stream.once(
    "close",
    onAbort(jump.lost, () => stream.destroy(lost)),
  );
  return stream;
}

function explain(error: unknown, jump: Ssh2Remote, { address, port }: Target): unknown {
  if (error instanceof FailureError || !(error instanceof Error && "reason" in error)) return error;
  if (error.reason === connectFailed)
    return new Error(`${jump.machine} cannot connect to ${address}:${port}`, { cause: error });
  const hint = `In /etc/ssh/sshd_config of ${jump.machine}: AllowTcpForwarding yes, and a PermitOpen that covers ${address}:${port}`;
  const place = { machine: jump.machine, address: jump.address, hint };
  return unreachable(place, `it does not forward connections to ${address}:${port}`, error);
}
