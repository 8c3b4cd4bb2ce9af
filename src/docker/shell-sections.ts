/**
 * Shell functions that scripts begin with; they read `$root`, empty on a machine. `complete_path` comes first. `section NAME` prints its input as one line, `NAME BASE64`,
 * for `parseSections`; `plain NAME TEXT` prints a line of text, `NAME =TEXT`, and `lines NAME` its input so; they start no process for it. `mark_log` leaves what systemd says of the unit in `$shown`; `daemon_log` prints what the daemon said since `mark_log`; `last_words` the same of one that did not come up, when the reason is there.
 */
export const shellPrelude = `
section() { printf '%s ' "$1"; base64 -w 0; echo; }
plain() { printf '%s =%s\\n' "$1" "$2"; }
lines() { while IFS= read -r line || [ -n "$line" ]; do plain "$1" "$line"; done; }
has_systemd() { [ -d "$root/run/systemd/system" ]; }
# Without systemd. Upstart's status always succeeds, and says start/running or stop/waiting.
service_runs() {
  status=$(service docker status 2>/dev/null) || return
  case $status in *stop/*) return 1 ;; esac
}
log_file() {
  for file in "$root/var/log/upstart/docker.log" "$root/var/log/docker.log"; do
    if [ -e "$file" ]; then echo "$file"; return; fi
  done
  echo /dev/null
}
mark_log() {
  began=$(date +%s)
  if has_systemd; then
    shown=$(systemctl show docker.service --property=MainPID,NeedDaemonReload,DropInPaths)
    old_pid=\${shown#*MainPID=} old_pid=\${old_pid%%[!0-9]*}
  else
    log_size=$(wc -c <"$(log_file)")
  fi
}
daemon_log() {
  if has_systemd; then
    # The journal takes lines in its own time; without this the last ones, which give the reason, may be missing.
    journalctl --sync 2>/dev/null
    # With a time to begin at, some versions take the number of lines (-n) from there, not from the end.
    journalctl -u docker --since "@$began" --no-pager 2>/dev/null | tail -n 20
    return
  fi
  # A log that is shorter than before was rotated.
  if [ "$(wc -c <"$(log_file)")" -lt "$log_size" ]; then log_size=0; fi
  tail -c "+$((log_size + 1))" "$(log_file)" | tail -n 20
}
last_words() {
  said_by=$(($(date +%s) + 5))
  until gave_reason || [ "$(date +%s)" -ge "$said_by" ]; do sleep 0.2; done
  daemon_log
}
# The journal may be late with what a daemon wrote before it ended. What the one before said is no reason.
gave_reason() {
  if ! has_systemd; then return; fi
  daemon_log | grep -F 'dockerd[' | grep -vF "dockerd[$old_pid]" | grep -qvE 'level=(debug|info|warning)'
}
# Sudo may have left out where administrators' programs are.
complete_path() {
  for directory in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do PATH=$PATH:$root$directory; done
}
`;

/** What `section` and `plain` lines say, decoded; what comes under one name is joined. Other lines (a banner of the login shell) are passed over, and one that was cut off. */
export function parseSections(stdout: string): ReadonlyMap<string, string> {
  const sections = new Map<string, string>();
  const lines = stdout.matchAll(
    /^(?<name>[a-z.-]+) (?:=(?<text>[^\n]*)|(?<content>[A-Za-z0-9+/]*={0,2}))\n/gm,
  );
  for (const { groups: { name = "", text, content = "" } = {} } of lines) {
    const said = text === undefined ? Buffer.from(content, "base64").toString("utf8") : `${text}\n`;
    sections.set(name, `${sections.get(name) ?? ""}${said}`);
  }
  return sections;
}
