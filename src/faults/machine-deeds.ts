import { deedPrelude, type Deed } from "./deed.ts";
import type { Fault } from "./fault.ts";

/** How a machine is broken from inside; undefined: not by itself. What stays of it must be enough to heal it over SSH. */
export function machineDeed(fault: Fault, id: string): Deed | undefined {
  switch (fault.kind) {
    case "stop":
      return deed({ inject: stopScript, heal: startScript }, []);
    case "pause":
      return deed({ inject: pauseScript, heal: resumeScript }, []);
    case "fill-disk":
      return deed({ inject: fillScript, heal: emptyScript }, []);
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

/** Room is claimed and not written, so that the disk's image does not grow. The free blocks are those of root: dockerd runs as root. */
const fillScript = `root=\${1:-}${deedPrelude}
free=$(stat -f -c '%f * %S' "$root/var/lib/docker") || exit
bytes=$(($free - 4194304))
if [ "$bytes" -le 0 ]; then refuse "the disk is full already"; fi
umask 077
said=$(fallocate -l "$bytes" "$root${fillFile}" 2>&1) || refuse "the disk cannot be filled without writing ($said)"
`;

const emptyScript = `root=\${1:-}${deedPrelude}
rm -f "$root${fillFile}"
`;

/**
 * $1: the fault's ID; $2: seconds. What keeps the clock right is stopped, and noted in a file that a restart, which sets the clock, takes away.
 * Of a container the clock is the computer's.
 */
const skewScript = `root=\${3:-}${deedPrelude}
if ! has_systemd; then refuse "without systemd swarmlab does not know what keeps the clock right"; fi
if systemd-detect-virt --container --quiet; then
  refuse "the machine is a container: its clock is the one of the computer it runs on"
fi
mkdir -p "$root/run/swarmlab"
note=$root/run/swarmlab/$1
for unit in systemd-timesyncd chrony chronyd ntp ntpd ntpsec openntpd vboxadd-service; do
  if systemctl is-active --quiet "$unit.service"; then echo "$unit.service"; fi
done >"$note.new"
for unit in $(cat "$note.new"); do systemctl stop "$unit" || exit; done
mv "$note.new" "$note"
date --set "@$(($(date +%s) + $2))" >/dev/null
`;

const unskewScript = `root=\${3:-}${deedPrelude}
note=$root/run/swarmlab/$1
if ! [ -e "$note" ]; then exit 0; fi
date --set "@$(($(date +%s) - $2))" >/dev/null || exit
for unit in $(cat "$note"); do systemctl start "$unit" || exit; done
rm "$note"
`;
