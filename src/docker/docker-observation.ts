import { daemonFlagsPath } from "./daemon-flags.ts";
import { isVersionBefore, swarmModeVersion } from "./engine-version.ts";
import { unfinishedInstallPath } from "./install-script.ts";
import { parseSections, shellPrelude } from "./shell-sections.ts";

/** A machine's Docker as it really is, without having asked the daemon. */
export interface DockerObservation {
  /** Of the installed engine, as it writes it (`20.10.24+dfsg1`); undefined: not installed. */
  readonly version?: string;
  /** An installation by this program was cut short. */
  readonly unfinished?: true;
  readonly init: "systemd" | "upstart" | "sysv";
  /** `changing`: on its way up or down, known only with systemd. */
  readonly service: "active" | "changing" | "stopped";
  /** PID of dockerd inside the machine while it runs; known only with systemd. */
  readonly pid?: number;
  /** Content of `daemon.json`; undefined: no such file. */
  readonly config?: string;
  /** Content of the record; undefined: no such file. */
  readonly record?: string;
  /** Content of the file that gives init scripts the daemon's flags; undefined: no such file, or systemd, which does not read it. */
  readonly flags?: string;
}

/** Looks at everything in one go. Run as root by `sh -s`; $1: the root directory, empty or left out on a machine. */
export const observeDockerScript = `${shellPrelude}
init_system() {
  if has_systemd; then echo systemd
  elif initctl version 2>/dev/null | grep -q upstart; then echo upstart
  else echo sysv
  fi
}
main() {
  root=$1
  complete_path
  init_system | section init
  if command -v dockerd >/dev/null; then dockerd --version | section dockerd
  elif command -v docker >/dev/null; then docker --version | section docker
  fi
  if has_systemd; then systemctl show docker.service --property=ActiveState,MainPID | section service
  else
    if service_runs; then echo ActiveState=active | section service; fi
    if [ -e "$root${daemonFlagsPath}" ]; then section flags <"$root${daemonFlagsPath}"; fi
  fi
  if [ -e "$root${unfinishedInstallPath}" ]; then echo yes | section unfinished; fi
  for file in daemon.json swarmlab.json; do
    if [ -e "$root/etc/docker/$file" ]; then section "$file" <"$root/etc/docker/$file"; fi
  done
}
main "$@"
`;

/** Reads what the script printed; `undefined` where the script did not run at all, as without sudo. */
export function parseDockerObservation(stdout: string): DockerObservation | undefined {
  const sections = parseSections(stdout);
  const init = sections.get("init")?.trim();
  if (init !== "systemd" && init !== "upstart" && init !== "sysv") return undefined;
  const version = engineVersion(sections);
  const service = sections.get("service") ?? "";
  const pid = Number(/^MainPID=(\d+)$/m.exec(service)?.[1] ?? 0);
  const config = sections.get("daemon.json");
  const record = sections.get("swarmlab.json");
  const flags = sections.get("flags");
  return {
    init,
    service: serviceStates.get(/^ActiveState=(.*)$/m.exec(service)?.[1] ?? "") ?? "stopped",
    ...(version !== undefined && { version }),
    ...(sections.has("unfinished") && { unfinished: true }),
    ...(pid > 0 && { pid }),
    ...(config !== undefined && { config }),
    ...(record !== undefined && { record }),
    ...(flags !== undefined && { flags }),
  };
}

/** Before 1.12 there was no `dockerd`: `docker` itself is the daemon. Later it is only a client. */
function engineVersion(sections: ReadonlyMap<string, string>): string | undefined {
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
