import { FailureError, type Problem } from "../failure.ts";
import { sudoWithPassword } from "./command-line.ts";
import type { Remote } from "./remote.ts";

export interface SudoUser {
  readonly user: string;
  /** Undefined: sudo must not ask for one. */
  readonly password?: string;
  readonly signal?: AbortSignal;
}

/**
 * Sees whether sudo works for the user; root needs none. A wrong password costs one failed attempt: the end of stdin follows it, where a command's
 * stdin would be taken for a second and a third one.
 * @throws FailureError `prerequisite`; what `tryRun` throws
 */
export async function checkSudo(
  remote: Pick<Remote, "machine" | "tryRun">,
  { user, password, signal }: SudoUser,
): Promise<void> {
  if (user === "root") return;
  const sudo = password === undefined ? (["sudo", "-n", "--"] as const) : sudoWithPassword;
  const { exitCode, stderr } = await remote.tryRun({
    // LC_ALL=C: the error text is how the reasons are told apart.
    argv: ["env", "LC_ALL=C", ...sudo, "sh", "-c", ":"],
    stdin: password === undefined ? "" : `${password}\n`,
    secrets: password === undefined ? [] : [password],
    ...(signal ? { signal } : {}),
  });
  if (exitCode === 0) return;
  const problem = problemOf({ machine: remote.machine, user, stderr });
  throw new FailureError({ kind: "prerequisite", problems: [problem] });
}

interface Refusal {
  readonly machine: string;
  readonly user: string;
  readonly stderr: string;
}

function problemOf({ machine, user, stderr }: Refusal): Problem {
  const common = { severity: "error", where: machine } as const;
  const free = `let ${user} use sudo without one (NOPASSWD, in /etc/sudoers.d on ${machine}).`;
  if (/incorrect (?:password|authentication) attempt|try again/i.test(stderr))
    return {
      ...common,
      what: `sudo does not accept the password of ${user}`,
      remedy: `Correct it, or ${free}`,
    };
  if (/password is required/.test(stderr))
    return { ...common, what: `sudo asks for the password of ${user}`, remedy: `Give it, or ${free}` };
  return {
    ...common,
    what: `${user} cannot use sudo`,
    why: stderr.trim(),
    remedy: `Let ${user} run all commands as root through sudo, or log in as another user.`,
  };
}
