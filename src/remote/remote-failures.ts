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
