import { deedPrelude, type Deed } from "./deed.ts";
import type { Fault } from "./fault.ts";

/**
 * How a machine is broken from inside; undefined: not by itself. What stays of it must be enough to heal it over SSH. `isTimed`: something heals it
 * after a time.
 */
export function machineDeed(
  fault: Fault,
  { id, isTimed }: { readonly id: string; readonly isTimed: boolean },
): Deed | undefined {
  switch (fault.kind) {
    case "stop":
      return deed({ inject: stopScript, heal: startScript }, []);
    case "pause":
      return deed({ inject: pauseScript, heal: resumeScript }, []);
    case "fill-disk":
      return deed({ inject: fillScript, heal: emptyScript }, [isTimed ? "timed" : ""]);
    case "skew-clock":
      return deed({ inject: skewScript, heal: unskewScript }, [id, String(fault.bySeconds)]);
    default:
      return undefined;
  }
}

const deed = (
  scripts: { readonly inject: string; readonly heal: string },
  args: readonly string[],
): Deed => ({
  inject: { script: scripts.inject, args },
  heal: { script: scripts.heal, args },
});

/** The socket goes too: it would start the daemon again. */
const stopScript = `root=\${1:-}${deedPrelude}
if has_systemd; then systemctl stop docker.socket docker.service; else service docker stop; fi
`;

const startScript = `root=\${1:-}${deedPrelude}
if has_systemd; then systemctl start docker.service; else service docker start; fi
`;

/** The daemon alone: sshd must go on. */
const pauseScript = `root=\${1:-}${deedPrelude}
pid=$(cat "$root/run/docker.pid") || refuse "the Docker daemon does not run"
kill -STOP "$pid"
`;

const resumeScript = `root=\${1:-}${deedPrelude}
if pid=$(cat "$root/run/docker.pid" 2>/dev/null) && [ -d "/proc/$pid" ]; then kill -CONT "$pid"; fi
`;

const fillFile = "/var/lib/docker/swarmlab-fill";
const bootFile = "/etc/tmpfiles.d/swarmlab-fill.conf";

/**
 * $1: `timed`: the next boot empties it, which a timer does not outlive. Room is claimed and not written, so that the disk's image does not grow. The
 * free blocks are those of root: dockerd runs as root.
 */
const fillScript = `root=\${2:-}${deedPrelude}
free=$(stat -f -c '%f * %S' "$root/var/lib/docker") || exit
bytes=$(($free - 4194304))
if [ "$bytes" -le 0 ]; then refuse "the disk is full already"; fi
if [ "$1" = timed ]; then
  mkdir -p "$root/etc/tmpfiles.d"
  echo 'r! ${fillFile}' >"$root${bootFile}"
fi
umask 077
said=$(fallocate -l "$bytes" "$root${fillFile}" 2>&1) || refuse "the disk cannot be filled without writing ($said)"
`;

const emptyScript = `root=\${2:-}${deedPrelude}
rm -f "$root${fillFile}" "$root${bootFile}"
`;

/** Seconds from the start of the machine to its clock's zero: they change when the clock is set, and not as time goes by. */
const bootTime = `boot_time() {
  read -r uptime _ <"$root/proc/uptime"
  echo $(($(date +%s) - \${uptime%.*}))
}`;

/**
 * $1: the fault's ID; $2: seconds. What keeps the clock right is stopped, and noted with the clock as it was in a file that a restart, which sets
 * the clock, takes away. Of a container the clock is the computer's.
 */
const skewScript = `root=\${3:-}${deedPrelude}${bootTime}
if ! has_systemd; then refuse "without systemd swarmlab does not know what keeps the clock right"; fi
if systemd-detect-virt --container --quiet; then
  refuse "the machine is a container: its clock is the one of the computer it runs on"
fi
mkdir -p "$root/run/swarmlab"
note=$root/run/swarmlab/$1
before=$(boot_time)
for unit in systemd-timesyncd chrony chronyd ntp ntpd ntpsec openntpd vboxadd-service; do
  if systemctl is-active --quiet "$unit.service"; then echo "$unit.service"; fi
done >"$note.new"
for unit in $(cat "$note.new"); do systemctl stop "$unit" || exit; done
echo "$before" >>"$note.new"
mv "$note.new" "$note"
date --set "@$(($(date +%s) + $2))" >/dev/null
`;

/** Who has put the clock right meanwhile need not have done it to the second. */
const unskewScript = `root=\${3:-}${deedPrelude}${bootTime}
note=$root/run/swarmlab/$1
if ! [ -e "$note" ]; then exit 0; fi
skew=$(($(boot_time) - $(tail -n 1 "$note")))
case $skew in
  -1 | 0 | 1) ;;
  *) date --set "@$(($(date +%s) - skew))" >/dev/null || exit ;;
esac
for unit in $(sed '$d' "$note"); do systemctl start "$unit" || exit; done
rm "$note"
`;
