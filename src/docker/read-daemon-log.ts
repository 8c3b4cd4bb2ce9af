import { FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { WholeLines } from "../remote/whole-lines.ts";
import { DaemonLines, type DaemonLine } from "./daemon-lines.ts";
import { shellPrelude } from "./shell-sections.ts";

export interface DaemonLogOptions {
  readonly remote: Remote;
  /** How many of the last lines to begin with. */
  readonly lines: number | "all";
  /** Go on with what comes, until the signal aborts. */
  readonly follow: boolean;
  /** For a log that is not followed. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onLines: (lines: readonly DaemonLine[]) => void;
}

/**
 * Reads what the Docker daemon of a machine said: out of the journal, or without systemd out of its log file. Nothing keeps running on the machine afterwards.
 * @throws FailureError `unreachable`, `timeout`, `remote-command`; the signal's reason
 */
export async function readDaemonLog(options: DaemonLogOptions): Promise<void> {
  const { remote, lines, follow, timeoutMs, signal, onLines } = options;
  const argv = ["sh", "-c", daemonLogScript, "sh", String(lines), follow ? "follow" : "end"] as const;
  const output = { stdout: new WholeLines(), stderr: new WholeLines() };
  const errors: string[] = [];
  const reader = new DaemonLines();
  const take = (source: "stdout" | "stderr", whole: readonly string[]): void => {
    if (source === "stderr") errors.push(...whole);
    else if (whole.length > 0) onLines(whole.flatMap((line) => reader.read(line)));
  };
  const { exitCode } = await remote.tryRun({
    argv,
    sudo: true,
    timeoutMs: follow ? Infinity : timeoutMs,
    signal,
    onOutput: (source, text) => take(source, output[source].push(text)),
  });
  for (const source of ["stdout", "stderr"] as const) take(source, output[source].end());
  if (exitCode === 0) return;
  const { machine } = remote;
  const stderr = errors.slice(-20).join("\n");
  throw new FailureError({ kind: "remote-command", machine, argv: ["journalctl"], exitCode, stderr });
}

/**
 * Run as root by `sh -c`, which is bound to the connection; $1: how many lines, or `all`; $2: `follow` or `end`; $3: the root directory,
 * left out on a machine. Without options that only newer journals have; without --all, lines of more than 4096 bytes come empty.
 */
export const daemonLogScript = `${shellPrelude}
main() {
  root=$3
  complete_path
  if has_systemd; then
    follow=
    if [ "$2" = follow ]; then follow=--follow; fi
    journalctl --sync 2>/dev/null
    exec journalctl --unit docker --output json --all --quiet --no-pager --lines "$1" $follow
  fi
  lines=$1 follow=
  if [ "$lines" = all ]; then lines=+1; fi
  # Goes on with the new file when the log is rotated.
  if [ "$2" = follow ]; then follow=-F; fi
  exec tail -n "$lines" $follow "$(log_file)"
}
main "$@"
`;
