import { FailureError } from "../failure.ts";
import type { RemoteCommand, RemoteResult } from "./remote.ts";
import { blankSecrets } from "./secrets.ts";

interface Place {
  readonly machine: string;
  readonly address: string;
  /** What to do about it; default: see whether the machine runs. */
  readonly hint?: string;
}

type Said = Pick<RemoteCommand, "argv" | "secrets">;

const stderrTailLength = 4096;

/** The machine does not answer, or the connection to it is gone. */
export function unreachable(place: Place, reason: string, cause?: unknown): FailureError {
  const { machine, address, hint = `See whether ${machine} is running: swarmlab status` } = place;
  return new FailureError({ kind: "unreachable", machine, address, reason, hint }, { cause });
}

/** The machine shows host keys that are not accepted, or none of the kinds that are; both as fingerprints. */
export function otherHostKey(
  { machine, address }: Place,
  keys: { readonly accepted: readonly string[]; readonly shown: readonly string[] },
): FailureError {
  const expected = keys.accepted.join(", ");
  const actual = keys.shown.length === 0 ? "no key of the same type" : keys.shown.join(", ");
  return new FailureError({ kind: "host-key", machine, address, expected, actual });
}

/** The command ended with another exit code than 0. Keeps the tail of stderr. */
export function commandFailed(
  machine: string,
  command: Said,
  result: Pick<RemoteResult, "exitCode" | "stderr">,
): FailureError {
  const argv = command.argv.map((word) => blankSecrets(word, command.secrets));
  const stderr = result.stderr.slice(-stderrTailLength);
  return new FailureError({ kind: "remote-command", machine, argv, exitCode: result.exitCode, stderr });
}

/** The command took longer than it may. */
export function commandTimedOut(machine: string, command: Said, afterMs: number): FailureError {
  const waitedFor = `${blankSecrets(command.argv.join(" "), command.secrets)} on ${machine}`;
  const hint = `Look at the machine: swarmlab ssh ${machine}`;
  return new FailureError({ kind: "timeout", waitedFor, afterMs, hint });
}
