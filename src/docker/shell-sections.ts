/**
 * Shell functions that scripts begin with. `section NAME` prints its input as one line, `NAME BASE64`, for `parseSections`.
 * `daemon_log` prints what the unit said since `$began` (seconds since 1970).
 */
export const shellPrelude = `
section() { printf '%s ' "$1"; base64 | tr -d '\\n'; echo; }
daemon_log() {
  # The journal takes lines in its own time; without this the last ones, which give the reason, may be missing.
  journalctl --sync 2>/dev/null
  journalctl -u docker --since "@$began" -n 20 --no-pager 2>/dev/null
}
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
`;

/** What `section` lines say, decoded; other lines (a banner of the login shell) are passed over. */
export function parseSections(stdout: string): ReadonlyMap<string, string> {
  const lines = stdout.matchAll(/^(?<name>[a-z.-]+) (?<content>[A-Za-z0-9+/]*={0,2})$/gm);
  return new Map(
    Array.from(lines, ({ groups }) => [
      groups?.["name"] ?? "",
      Buffer.from(groups?.["content"] ?? "", "base64").toString("utf8"),
    ]),
  );
}
