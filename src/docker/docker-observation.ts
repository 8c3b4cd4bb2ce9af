import { daemonFlagsPath } from "./daemon-flags.ts";
import { isVersionBefore, swarmModeVersion } from "./engine-version.ts";
import { type Heard, parseHeard } from "./heard.ts";
import { unfinishedInstallPath } from "./install-script.ts";
import { hostsPath } from "../remote/ensure-host-names.ts";
import { rememberedEnginePath } from "../system/remembered-engine.ts";
import { parseSections, shellPrelude } from "./shell-sections.ts";
import { authorityPath, serverPath, tcpUnitPath } from "./tcp-access.ts";

/** A machine's Docker as it really is; the daemon itself tells only whether it answers. */
export interface DockerObservation {
  /** Of the installed engine, as it writes it (`20.10.24+dfsg1`); undefined: not installed. */
  readonly version?: string;
  /** An installation by this program was cut short. */
  readonly unfinished?: true;
  readonly init: "systemd" | "upstart" | "sysv";
  /** `changing`: on its way up or down, known only with systemd. `silent`: it runs, and did not answer in the time that it was given. */
  readonly service: "active" | "silent" | "changing" | "stopped";
  /** What the daemon told within a second: `/info` and, where there is one, `/networks/ingress`. Undefined: nothing, or it was not asked, or not through Perl. */
  readonly heard?: Heard;
  /** PID of dockerd inside the machine while it runs; known only with systemd. */
  readonly pid?: number;
  /** Content of `daemon.json`; undefined: no such file. */
  readonly config?: string;
  /** Content of the record; undefined: no such file. */
  readonly record?: string;
  /** Content of the file that gives init scripts the daemon's flags; undefined: no such file, or systemd, which does not read it. */
  readonly flags?: string;
  /** Contents of the units that start the daemon, this program's own left out; known only with systemd. */
  readonly packagedUnit?: string;
  /** Command line of the daemon that runs, its words with blanks between them; known only with systemd. */
  readonly command?: string;
  /** Content of this program's own unit; undefined: no such file. */
  readonly unit?: string;
  /** The authority's certificate that this program left; undefined: no such file. */
  readonly authority?: string;
  /** The machine's certificate that this program left, without its key; no certificate where others may read the file. undefined: no such file. */
  readonly certificate?: string;
  /** Content of `/etc/hosts`; undefined: no such file, or one of a megabyte. */
  readonly hosts?: string;
}

/**
 * In Perl, which Debian's systems always have: asks the daemon at the socket $1 whether it is there, for $2 seconds, which SIGALRM ends; then, for a
 * second each, about itself and its end of the ingress network: one whose swarm has no leader may need a minute for that. In `sockaddr_un` 1 is `AF_UNIX`,
 * and stream sockets are type 1.
 */
const askProgram = String.raw`
  sub get {
    my ($path, $seconds) = @_;
    alarm $seconds;
    socket(S, 1, 1, 0) && connect(S, pack("Sa*", 1, $ARGV[0])) or return "";
    syswrite(S, "GET /$path HTTP/1.0\r\n\r\n");
    local $/;
    my $answer = <S>;
    alarm 0;
    return $answer;
  }
  get("_ping", $ARGV[1]) =~ m{^Server: Docker/(\S+)}m or exit 3;
  print "answer =$1\n";
  $SIG{ALRM} = sub { exit };
  for my $path ("info", "networks/ingress") {
    my ($head, $body) = split(/\r\n\r\n/, get($path, 1), 2);
    next if $head !~ m{^HTTP/\S+ 200 };
    $body =~ tr/\r\n/  /;
    print "heard =/$path $body\n";
  }
`;

/**
 * Looks at everything in one go. Run as root by `sh -s`; $1: seconds that a daemon which runs may take to answer, 0: it is not asked; $2: the root
 * directory, left out on a machine.
 */
export const observeDockerScript = `${shellPrelude}
init_system() {
  if has_systemd; then echo systemd
  elif initctl version 2>/dev/null | grep -q upstart; then echo upstart
  else echo sysv
  fi
}
look_at_unit() {
  files=
  shown=$(systemctl show docker.service --property=ActiveState,MainPID,FragmentPath,DropInPaths)
  while IFS='=' read -r key value; do
    case $key in
      ActiveState) service=$value ;;
      MainPID) pid=$value ;;
      FragmentPath | DropInPaths) files="$files $value" ;;
    esac
  done <<END
$shown
END
  plain pid "$pid"
  for file in $files; do
    if [ "$file" != ${tcpUnitPath} ]; then lines packaged <"$root$file"; plain packaged ''; fi
  done
  if [ -r "$root/proc/$pid/cmdline" ]; then section command <"$root/proc/$pid/cmdline"; fi
  if [ -e "$root${tcpUnitPath}" ]; then section unit <"$root${tcpUnitPath}"; fi
}
# Prints its version as "answer", "no" where it does not answer, nothing where it says what is wrong; and as "heard" what it tells.
ask_daemon() {
  seconds=$1
  # A process that was stopped answers when it is let go on, however long one waits.
  if is_stopped; then seconds=1; fi
  # Docker's own client is a large program to start for this.
  perl -e '${askProgram}' "$root/var/run/docker.sock" "$seconds" 2>/dev/null
  case $? in 0) return ;; 142) plain answer no; return ;; esac
  version=$(timeout --kill-after=1 "$seconds" docker version --format '{{.Server.Version}}' 2>/dev/null)
  case $? in 124 | 137) version=no ;; esac
  if [ -n "$version" ]; then plain answer "$version"; fi
}
# The daemon itself is a large program to start for this; where a box remembers what this same program says, that will do.
dockerd_version() {
  remembered=$root${rememberedEnginePath}
  if [ -e "$remembered" ] && read -r size changed version <"$remembered" &&
    [ "$size $changed" = "$(stat -L -c '%s %Y' "$program")" ]; then echo "$version"
  else dockerd --version
  fi
}
is_stopped() {
  if [ ! -r "$root/proc/$pid/status" ]; then return 1; fi
  while read -r key value; do
    case $key$value in State:T*) return ;; State:*) return 1 ;; esac
  done <"$root/proc/$pid/status"
}
main() {
  ask_seconds=$1 root=$2 service= pid=
  complete_path
  if has_systemd; then
    plain init systemd
    look_at_unit
  else
    plain init "$(init_system)"
    if service_runs; then service=active; fi
    # One that is still starting counts as running, and lets clients wait until it is done.
    ask_seconds=$((ask_seconds * 3))
    if [ -e "$root${daemonFlagsPath}" ]; then section flags <"$root${daemonFlagsPath}"; fi
  fi
  plain service "$service"
  said=
  if [ "$service" = active ] && [ "$ask_seconds" -gt 0 ]; then said=$(ask_daemon "$ask_seconds"); fi
  printf '%s\\n' "$said"
  case $said in '' | 'answer =no')
    if program=$(command -v dockerd); then plain dockerd "$(dockerd_version)"
    elif command -v docker >/dev/null; then plain docker "$(docker --version)"
    fi ;;
  esac
  if [ -e "$root${unfinishedInstallPath}" ]; then plain unfinished yes; fi
  if [ -e "$root${authorityPath}" ]; then section authority <"$root${authorityPath}"; fi
  # Its key stays here.
  if [ -e "$root${serverPath}" ]; then
    case $(ls -l "$root${serverPath}") in
      -rw-------*) sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/s/^/certificate =/p' "$root${serverPath}" ;;
      *) plain certificate 'not private' ;;
    esac
  fi
  for file in daemon.json swarmlab.json; do
    if [ -e "$root/etc/docker/$file" ]; then section "$file" <"$root/etc/docker/$file"; fi
  done
  plain whole yes
  # Others' may be longer than what is read of a command's output.
  if [ -e "$root${hostsPath}" ]; then section hosts <"$root${hostsPath}"; fi
}
main "$@"
`;

/** Reads what the script printed; `undefined` where the script did not run to its end, or not at all, as without sudo. */
export function parseDockerObservation(stdout: string): DockerObservation | undefined {
  const sections = parseSections(stdout);
  const word = (name: string): string | undefined => sections.get(name)?.trim();
  const init = word("init");
  if (init !== "systemd" && init !== "upstart" && init !== "sysv") return undefined;
  // What was cut off would look like files that are not there.
  if (!sections.has("whole")) return undefined;
  const version = engineVersion(sections);
  const isSilent = word("answer") === "no";
  const pid = Number(word("pid") ?? 0);
  const heard = parseHeard(sections.get("heard") ?? "");
  const config = sections.get("daemon.json");
  const record = sections.get("swarmlab.json");
  const [flags, hosts] = [sections.get("flags"), sections.get("hosts")];
  const [packagedUnit, unit] = [sections.get("packaged"), sections.get("unit")];
  const command = sections.get("command")?.replaceAll("\0", " ").trim();
  const [authority, certificate] = [sections.get("authority"), sections.get("certificate")];
  return {
    init,
    service: isSilent ? "silent" : (serviceStates.get(word("service") ?? "") ?? "stopped"),
    ...(version !== undefined && { version }),
    ...(sections.has("unfinished") && { unfinished: true }),
    ...(heard.size > 0 && { heard }),
    ...(pid > 0 && { pid }),
    ...(config !== undefined && { config }),
    ...(record !== undefined && { record }),
    ...(flags !== undefined && { flags }),
    ...(hosts !== undefined && { hosts }),
    ...(packagedUnit !== undefined && { packagedUnit }),
    ...(command !== undefined && { command }),
    ...(unit !== undefined && { unit }),
    ...(authority !== undefined && { authority }),
    ...(certificate !== undefined && { certificate }),
  };
}

/** The daemon runs and, where it was asked, answered. */
export const isUp = ({ version, service }: DockerObservation): boolean =>
  version !== undefined && service === "active";

/** The running daemon's own word, or else the program's. Before 1.12 there was no `dockerd`: `docker` itself is the daemon. Later it is only a client. */
function engineVersion(sections: ReadonlyMap<string, string>): string | undefined {
  const answer = sections.get("answer")?.trim();
  if (answer && answer !== "no") return answer;
  const docker = versionIn(sections.get("docker"));
  const isDaemon = docker !== undefined && isVersionBefore(docker, swarmModeVersion);
  return versionIn(sections.get("dockerd")) ?? (isDaemon ? docker : undefined);
}

function versionIn(text: string | undefined): string | undefined {
  return /Docker version ([^,\s]+)/.exec(text ?? "")?.[1];
}

const serviceStates: ReadonlyMap<string, DockerObservation["service"]> = new Map([
  ["active", "active"],
  ["reloading", "active"],
  ["activating", "changing"],
  ["deactivating", "changing"],
]);
