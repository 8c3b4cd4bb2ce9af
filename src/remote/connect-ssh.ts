import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { FailureError } from "../failure.ts";
import type { Clock } from "../system/clock.ts";
import { checkSudo } from "./check-sudo.ts";
import { withDeadline } from "./abort.ts";
import type { Elevation } from "./command-line.ts";
import { dialTcp, type Dial } from "./dial-tcp.ts";
import { otherHostKey, unreachable } from "./remote-failures.ts";
import { AccessDenied, OtherHostKey, sshHandshake, type SshLogin } from "./ssh-handshake.ts";
import { fingerprintsOf, hostKeyOffers } from "./ssh-host-key.ts";
import { identityProblem } from "./ssh-identity.ts";
import { Ssh2Remote } from "./ssh2-remote.ts";

export interface ConnectSshOptions extends SshLogin {
  readonly port: number;
  /** How long a machine that boots is waited for. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** In place of a TCP connection to address and port. */
  readonly dial?: Dial;
  /** The user's password for sudo, tried at once. Undefined: sudo asks for none. Root needs neither. */
  readonly sudoPassword?: string;
}

interface Connection {
  readonly client: Client;
  readonly socket: Duplex;
}

const retryPauseMs = 40;
/** Keys and users may come a moment later than sshd. */
const accessGraceMs = 3000;

/**
 * Connects as soon as the machine lets us in; refused, unreachable, reset and silent all mean `not yet`.
 * @throws FailureError `host-key` at once, `unreachable` with the last reason after `timeoutMs` or when access stays denied;
 * the failure of `dial`; `prerequisite` when sudo does not take the password; the signal's reason.
 */
export async function connectSsh(options: ConnectSshOptions): Promise<Ssh2Remote> {
  const problem = identityProblem(options);
  if (problem) throw unreachable({ ...options, hint: problem.hint }, problem.reason);
  let last: Error = new Error("no answer");
  const deadline = {
    timeoutMs: options.timeoutMs,
    signals: [options.signal],
    expired: () => unreachable(options, last.message, last),
  };
  const connection = await withDeadline(deadline, async (signal) => {
    const deniedForGood = accessGrace(options.clock);
    for (;;) {
      const outcome = await attempt(options, signal);
      if (!(outcome instanceof Error)) return outcome;
      last = outcome;
      if (deniedForGood(outcome)) throw unreachable(options, outcome.message, outcome);
      await options.clock.sleep(retryPauseMs, signal);
    }
  });
  return await withSudo(
    new Ssh2Remote({ ...options, ...connection, elevation: elevationOf(options) }),
    options,
  );
}

async function withSudo(remote: Ssh2Remote, options: ConnectSshOptions): Promise<Ssh2Remote> {
  const { user, sudoPassword: password, signal } = options;
  if (password === undefined) return remote;
  try {
    await checkSudo(remote, { user, password, signal });
    return remote;
  } catch (error) {
    await remote[Symbol.asyncDispose]();
    throw error;
  }
}

/** Root's sudo would do nothing, and is not installed everywhere. */
function elevationOf({ user, sudoPassword }: ConnectSshOptions): Elevation {
  if (user === "root") return "none";
  return sudoPassword === undefined ? "sudo" : { password: sudoPassword };
}

/** One try: the connection, or why not yet. Throws what no further try can cure. */
async function attempt(options: ConnectSshOptions, signal: AbortSignal): Promise<Connection | Error> {
  signal.throwIfAborted();
  try {
    return await enter(options, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FailureError || !(error instanceof Error)) throw error;
    return error;
  }
}

/** Logs in with the first accepted host key that the machine shows. Throws `host-key` after the last one. */
async function enter(options: ConnectSshOptions, signal: AbortSignal): Promise<Connection> {
  const { address, port, dial = (until: AbortSignal) => dialTcp({ address, port, signal: until }) } = options;
  const shown: string[] = [];
  for (const offer of hostKeyOffers(options.hostKey)) {
    const socket = await dial(signal);
    try {
      return { client: await sshHandshake({ ...options, offer }, socket, signal), socket };
    } catch (error) {
      if (!(error instanceof OtherHostKey)) throw error;
      if (error.shown !== undefined) shown.push(error.shown);
    }
  }
  throw otherHostKey(options, { accepted: fingerprintsOf(options.hostKey), shown });
}

/** Tells for each outcome whether access has now been denied, without a word about booting, for longer than the grace. */
function accessGrace(clock: Clock): (outcome: Error) => boolean {
  let deniedSinceMs: number | undefined;
  return (outcome) => {
    if (!(outcome instanceof AccessDenied) || outcome.booting) return false;
    deniedSinceMs ??= clock.nowMs();
    return clock.nowMs() - deniedSinceMs >= accessGraceMs;
  };
}
