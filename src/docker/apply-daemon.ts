import { FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { daemonFlagsPath } from "./daemon-flags.ts";
import { daemonRequirements, hintTimeout } from "./daemon-requirements.ts";
import { plainReason, reasonInDaemonLog } from "./daemon-log.ts";
import { parseSections, shellPrelude } from "./shell-sections.ts";
import { authorityPath, serverPath, tcpUnitPath } from "./tcp-access.ts";

/** What shall become of a file: left alone, gone, or this content. */
export type FileChange = "keep" | "remove" | { readonly content: string };

export interface DaemonApplication {
  /** Of `daemon.json`; without systemd of the file with the daemon's flags. */
  readonly config: FileChange;
  /** Only root reads it. */
  readonly record: FileChange;
  /** Of the unit that adds flags; left out: left alone, as are the next two. */
  readonly unit?: FileChange;
  /** Of the certificate of the authority. */
  readonly authority?: FileChange;
  /** Of the machine's certificate with its key: only root reads it. */
  readonly server?: FileChange;
  /**
   * `start` also enables the unit, for the next boot; `reload` has a daemon that systemd started read `daemon.json` again, and nothing else; `kill` restarts
   * one that does not end when asked to.
   */
  readonly service: "none" | "start" | "reload" | "restart" | "kill";
  /** Let dockerd check the file first; engines before 23.0 cannot. */
  readonly validate: boolean;
  /** For the service to be up. */
  readonly deadlineMs: number;
}

/**
 * Writes the files, then starts, restarts or reloads the daemon, all in one command that a lost connection does not stop halfway.
 * Systemd says the daemon is up once it listens (`Type=notify`); without systemd it is asked until it answers. Where it does not come up, the files are put back and it is started with them.
 * A reload is done when the daemon tells of it in its events. Where it refuses, the files are put back; it is restarted only if it may have taken over some of the options.
 * @throws FailureError `daemon`
 */
export async function applyDaemon(
  remote: Remote,
  application: DaemonApplication,
  signal?: AbortSignal,
): Promise<void> {
  const { service, validate, deadlineMs } = application;
  const seconds = Math.ceil(deadlineMs / 1000);
  const work = remote.run({
    argv: ["sh", "-c", applyDaemonScript, "sh", service, validate ? "validate" : "trust", String(seconds)],
    stdin: formatFileChanges(application),
    sudo: true,
    // Twice up, for the way back too.
    timeoutMs: 2 * deadlineMs + 30_000,
    ...(signal && { signal }),
  });
  const { stdout } = await hintTimeout(daemonRequirements.running, work);
  throwUnlessUp(remote.machine, stdout);
}

/** Reads what a script says about the daemon that it brought up. @throws FailureError `daemon`, its reason with the hint of what was not met */
export function throwUnlessUp(machine: string, stdout: string): void {
  const sections = parseSections(stdout);
  const outcome = sections.get("outcome")?.trim();
  if (outcome === "up") return;
  const log = sections.get("log") ?? "";
  const said = lastUsefulLine(sections.get("said") ?? "");
  const reason = [reasonInDaemonLog(log), plainReason(said)].find(Boolean) ?? "the daemon did not say why";
  const { hint } =
    daemonRequirements[
      outcome === "refused" ? "configuration" : said === notStaying ? "answering" : "running"
    ];
  const restored = outcome === "refused" || outcome === "restored";
  throw new FailureError({ kind: "daemon", machine, reason: `${reason} (${hint})`, log, restored });
}

const notStaying = "the daemon did not stay up";

/** What dockerd says when it does not take over a configuration, before it has changed anything, and after. */
const refusals = {
  untouched:
    "unable to configure the Docker daemon with file|configuration validation failed|conflict labels",
  touched: "Error reconfiguring the daemon|Error validating authorization plugin",
} as const;

/** Shell function: `bring_up start|restart|kill|reload|none` within `$seconds`, by systemd or by `service`, which cannot reload. */
export const bringUpFunction = `
bring_up() {
  if [ "$1" = none ]; then return; fi
  if [ "$1" = reload ]; then reload_unit; return; fi
  if has_systemd; then bring_up_unit "$1"; else bring_up_service "$1"; fi
}
bring_up_unit() {
  case $1 in
    start) enable_unit || return 1; set -- start docker.service ;;
    kill)
      systemctl kill --signal=KILL --kill-who=main docker.service
      set -- restart docker.service
      ;;
    restart) set -- restart docker.service ;;
  esac
  # A unit that failed too often in a row refuses to start.
  systemctl reset-failed docker.service 2>/dev/null
  timeout "$seconds" systemctl "$@"
  case $? in
    0) ;;
    124) echo "the daemon was not up within $seconds s"; return 1 ;;
    *) return 1 ;;
  esac
  if ! systemctl is-active --quiet docker.service; then echo "${notStaying}"; return 1; fi
}
# Enabling links a file for the next boot; systemd need not read all units again for that. Debian has it read them twice for the init script besides the
# unit, which counts only where there is no unit.
enable_unit() {
  set -- enable --quiet --no-reload docker.service
  SYSTEMCTL_SKIP_SYSV=1 systemctl "$@" 2>/dev/null || systemctl "$@"
}
reload_unit() {
  reloaded_by=$(($(date +%s) + seconds / 3))
  asked=$(date +%s.%N)
  # A unit need not say how it is reloaded.
  systemctl kill --signal=HUP --kill-who=main docker.service || return
  until has_reloaded; do
    if has_said '${refusals.untouched}|${refusals.touched}'; then return 1; fi
    if [ "$(date +%s)" -ge "$reloaded_by" ]; then echo "the daemon did not reload its configuration"; return 1; fi
    sleep 0.2
  done
}
# Its log tells it as well, but not at every log level.
has_reloaded() {
  set -- --since "$asked" --until "$(date +%s.%N)" --filter type=daemon --filter event=reload
  [ -n "$(timeout 5 docker events "$@" --format '{{.Action}}' 2>/dev/null)" ]
}
has_said() { daemon_log | grep -qE "$1"; }
# The package has enabled it for the next boot. Its init script comes back before the daemon listens, or has ended.
bring_up_service() {
  up_by=$(($(date +%s) + seconds))
  # Upstart cannot restart what is stopped, and init scripts start nothing while the old daemon still ends.
  # Both kill what does not end in time.
  if [ "$1" != start ]; then stop_service; fi
  timeout "$seconds" service docker start || return 1
  looks_left=3
  until timeout 5 docker version >/dev/null 2>&1; do
    # One look may fall between two tries of upstart.
    if service_runs; then looks_left=3; else looks_left=$((looks_left - 1)); fi
    if [ "$looks_left" -eq 0 ]; then echo "${notStaying}"; return 1; fi
    if [ "$(date +%s)" -ge "$up_by" ]; then echo "the daemon was not up within $seconds s"; return 1; fi
    sleep 1
  done
}
stop_service() {
  down_by=$(($(date +%s) + 30))
  service docker stop >/dev/null 2>&1
  while service_runs && [ "$(date +%s)" -lt "$down_by" ]; do sleep 1; done
}
`;

/**
 * Run as root by `sh -c`. $1: none, start, reload, restart or kill; $2: validate or trust; $3: seconds to come up; $4: the root directory,
 * left out on a machine. Changes come by stdin, one line for each file, for they hold secrets and argv is public: `FILE remove` or `FILE content TEXT`, the
 * text as `escapeText` writes it.
 */
export const applyDaemonScript = `${shellPrelude}${bringUpFunction}
fail() { printf '%s' "$said" | section said; printf '%s' "$log" | section log; echo "$1" | section outcome; exit 0; }

# Sets $path to where FILE is. Nothing here starts a process that it can do without: each costs every machine a millisecond or two.
find_path() {
  case $1 in
    config) if has_systemd; then path=/etc/docker/daemon.json; else path=${daemonFlagsPath}; fi ;;
    record) path=/etc/docker/swarmlab.json ;;
    unit) path=${tcpUnitPath} ;;
    authority) path=${authorityPath} ;;
    server) path=${serverPath} ;;
  esac
  path=$root$path
  # What is there may be a link to where somebody manages it.
  if [ -L "$path" ] && target=$(readlink -f "$path"); then path=$target; fi
}
# Makes FILE.swarmlab-new, with mode and owner of FILE where there is one.
stage() {
  find_path "$1"
  if [ ! -d "\${path%/*}" ]; then mkdir -p "\${path%/*}" || return; fi
  remove_leftovers
  if [ "$2" != content ]; then return; fi
  if [ -e "$path" ]; then cp -p "$path" "$path.swarmlab-new" || return; fi
  case $1 in
    # The record holds what daemon.json held, which may be for its owner's eyes only.
    server | record)
      if [ -e "$path" ]; then chmod 600 "$path.swarmlab-new" || return; fi
      umask 077 ;;
  esac
  # Of what went wrong some shells tell nothing but "I/O error".
  printf '%b' "$3" 2>/dev/null >"$path.swarmlab-new" || printf '%b' "$3" | cat >"$path.swarmlab-new" || return
  umask 022
}
remove_leftovers() {
  if [ -e "$path.swarmlab-new" ] || [ -e "$path.swarmlab-old" ]; then rm -f "$path.swarmlab-new" "$path.swarmlab-old"; fi
}
# These three: FILE VERB...
replace() {
  while [ $# -gt 0 ]; do
    find_path "$1"
    if [ -e "$path" ]; then cp -p "$path" "$path.swarmlab-old" || return; fi
    if [ "$2" = remove ]; then rm -f "$path"; else mv -f "$path.swarmlab-new" "$path"; fi || return
    shift 2
  done
}
put_back() {
  while [ $# -gt 0 ]; do
    find_path "$1"
    if [ -e "$path.swarmlab-old" ]; then mv -f "$path.swarmlab-old" "$path"; else rm -f "$path"; fi
    shift 2
  done
}
forget() {
  while [ $# -gt 0 ]; do
    find_path "$1"
    remove_leftovers
    shift 2
  done
}
# Systemd keeps the units that it has read.
reload_units() {
  case " $* " in *" unit "*) systemctl daemon-reload ;; esac
}
# Where the addition to the unit is new and systemd had not read the unit before, it reads both when it is asked for them, and need not read all units again.
# Some versions say that of a unit that they have read without its addition.
sees_new_unit() {
  find_path unit
  if [ ! -e "$path" ] || [ -e "$path.swarmlab-old" ]; then return 1; fi
  case $shown in
    *NeedDaemonReload=no*${tcpUnitPath}* | *${tcpUnitPath}*NeedDaemonReload=no*) ;;
    *) return 1 ;;
  esac
}

main() {
  service=$1 validate=$2 seconds=$3 root=$4
  complete_path
  # From here to the end it must not be cut short by a lost connection.
  trap '' HUP PIPE
  umask 022
  mkdir -p "$root/etc/docker" || exit
  set --
  while IFS=' ' read -r file verb content; do
    stage "$file" "$verb" "$content" || exit
    set -- "$@" "$file" "$verb"
  done
  find_path config
  new_config=$path.swarmlab-new
  if [ "$validate" = validate ] && [ -e "$new_config" ]; then
    if ! said=$(dockerd --validate --config-file "$new_config" 2>&1); then
      forget "$@"
      fail refused
    fi
  fi
  replace "$@" || exit
  mark_log
  if ! sees_new_unit; then reload_units "$@"; fi
  if said=$(bring_up "$service" 2>&1); then
    forget "$@"
    plain outcome up
    return
  fi
  if [ "$service" = reload ]; then log=$(daemon_log); else log=$(last_words); fi
  # The record alone is no reason why it does not come up.
  case $* in '' | 'record content' | 'record remove') forget "$@"; fail down ;; esac
  put_back "$@"
  reload_units "$@"
  if [ "$service" = reload ]; then
    # Before 25.0 a daemon that refuses one option may have taken over others.
    if has_said '${refusals.untouched}' || bring_up restart >/dev/null 2>&1; then fail refused; else fail down; fi
  fi
  # Not start: that would only join a start with the new file that still hangs.
  if bring_up restart >/dev/null 2>&1; then fail restored; else fail down; fi
}
main "$@"
`;

/** Systemctl ends with advice on where to look (`See "systemctl status …`); that is what `log` is for. */
function lastUsefulLine(text: string): string {
  return text.split("\n").findLast((line) => line.trim() !== "" && !line.startsWith("See ")) ?? "";
}

/** The record first: an option that is set must never lack the memory of what was before. Certificates are there before anything names them. */
function formatFileChanges(application: DaemonApplication): string {
  const files = ["record", "authority", "server", "unit", "config"] as const;
  return files
    .flatMap((file) => {
      const change = application[file] ?? "keep";
      if (change === "keep") return [];
      if (change === "remove") return [`${file} remove\n`];
      return [`${file} content ${escapeText(change.content)}\n`];
    })
    .join("");
}

/** As one word for the shell's own `printf %b`: each byte that may mean something to it, or to `read`, is `\\0` and three octal digits. */
function escapeText(text: string): string {
  return Buffer.from(text)
    .toString("latin1")
    .replaceAll(/[^\w.,:;/=+"-]/g, (byte) => `\\0${byte.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
