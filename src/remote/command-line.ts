import type { RemoteCommand } from "./remote.ts";
import { quoteArgv } from "./shell-quote.ts";

/** How a user becomes root: is it already, through sudo that asks for nothing, or through sudo with a password. */
export type Elevation = "none" | "sudo" | { readonly password: string };

/**
 * The line that runs a command: `exec`, so that the exit status is the command's and not a shell's. With a password
 * for sudo, `sudoPreamble` must come first in its stdin.
 */
export function commandLine(
  { argv, sudo, stdin }: Pick<RemoteCommand, "argv" | "sudo" | "stdin">,
  elevation: Elevation,
): string {
  const bound = stdin === undefined ? ["sh", "-c", lifeline, "sh", ...argv] : argv;
  if (sudo !== true || elevation === "none") return `exec ${quoteArgv(bound)}`;
  if (elevation === "sudo") return `exec ${quoteArgv(["sudo", "-n", "--", ...bound])}`;
  return `exec ${quoteArgv([...sudoWithPassword, "sh", "-c", pastPassword, "sh", ...bound])}`;
}

/** sudo that takes one password from stdin, says no prompt, and neither uses nor leaves a time stamp. */
export const sudoWithPassword = ["sudo", "-k", "-S", "-p", "", "--"] as const;

/** What a command line with a password for sudo reads before its stdin proper. */
export const sudoPreamble = (password: string): string => `${password}\n${endOfPassword}\n`;

const endOfPassword = "end of password";

/**
 * Runs "$@" with what follows the preamble as its stdin. Whether sudo has taken the password out of it, nobody can know beforehand:
 * sudoers may ask for none, for this command or at all, and PAM may remember an earlier one. What is left of it must not reach the command.
 */
const pastPassword = `while read -r line && [ "$line" != '${endOfPassword}' ]; do :; done; exec "$@"`;

/**
 * Runs "$@" without stdin, and ends it with all its children when the channel closes: sshd itself leaves them running,
 * and it takes no signals for sessions of root.
 */
const lifeline =
  'exec 3<&0 </dev/null; (read -r _ <&3; kill -0 $$ && kill 0) >/dev/null 2>&1 & exec "$@" 3<&-';
