import type { Remote } from "./remote.ts";
import { commandFailed } from "./remote-failures.ts";

type Runner = Pick<Remote, "machine" | "tryRun" | "run">;

/** As `Remote.readFile`, over its commands. A file beyond the output limit is a failure, never half a text. */
export async function readFileOver(
  remote: Runner,
  path: string,
  options: { readonly sudo?: boolean } = {},
): Promise<string | undefined> {
  // LC_ALL=C: the error text is how a missing file is told from one that cannot be read.
  const command = { argv: ["env", "LC_ALL=C", "cat", "--", path], ...options } as const;
  const result = await remote.tryRun(command);
  if (result.truncated) throw commandFailed(remote.machine, command, { ...result, stderr: "file too large" });
  if (result.exitCode === 0) return result.stdout;
  if (/No such file or directory\s*$/.test(result.stderr)) return undefined;
  throw commandFailed(remote.machine, command, result);
}

/**
 * $1 path, $2 mode, $3 size. The size is compared because a connection that breaks looks to `cat` like the end of the content.
 * `mv -T` refuses to move into a directory of that name.
 */
const writeScript = `
set -e
umask 077
tmp=$(mktemp -- "$1.XXXXXX")
trap 'rm -f -- "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$tmp"
test "$(wc -c <"$tmp")" -eq "$3"
chmod "$2" "$tmp"
mv -fT -- "$tmp" "$1"
`;

/** As `Remote.writeFile`, over its commands. The content goes through stdin, never through argv. */
export async function writeFileOver(
  remote: Runner,
  file: { readonly path: string; readonly content: string },
  options: { readonly mode: number; readonly sudo?: boolean },
): Promise<void> {
  const { mode, ...how } = options;
  const stdin = new TextEncoder().encode(file.content);
  const argv = ["sh", "-c", writeScript, "sh", file.path, mode.toString(8), String(stdin.length)] as const;
  await remote.run({ argv, stdin, ...how });
}
