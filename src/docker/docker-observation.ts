import { parseSections, shellPrelude } from "./shell-sections.ts";

/** A machine's Docker as it really is, without having asked the daemon. */
export interface DockerObservation {
  /** Of the installed dockerd, as it writes it (`20.10.24+dfsg1`); undefined: not installed. */
  readonly version?: string;
  readonly init: "systemd" | "upstart" | "sysv";
  /** `changing`: on its way up or down. Known only with systemd. */
  readonly service: "active" | "changing" | "stopped";
  /** PID of dockerd inside the machine while it runs. */
  readonly pid?: number;
  /** Content of `daemon.json`; undefined: no such file. */
  readonly config?: string;
  /** Content of the record; undefined: no such file. */
  readonly record?: string;
}

/** Looks at everything in one go. Run as root by `sh -s`; $1: the root directory, empty or left out on a machine. */
export const observeDockerScript = `${shellPrelude}
init_system() {
  if [ -d "$root/run/systemd/system" ]; then echo systemd
  elif initctl version 2>/dev/null | grep -q upstart; then echo upstart
  else echo sysv
  fi
}
main() {
  root=$1
  init_system | section init
  if command -v dockerd >/dev/null; then dockerd --version | section dockerd; fi
  if [ -d "$root/run/systemd/system" ]; then
    systemctl show docker.service --property=ActiveState,MainPID | section service
  fi
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
  const version = /version ([^,\s]+)/.exec(sections.get("dockerd") ?? "")?.[1];
  const service = sections.get("service") ?? "";
  const pid = Number(/^MainPID=(\d+)$/m.exec(service)?.[1] ?? 0);
  const config = sections.get("daemon.json");
  const record = sections.get("swarmlab.json");
  return {
    init,
    service: serviceStates.get(/^ActiveState=(.*)$/m.exec(service)?.[1] ?? "") ?? "stopped",
    ...(version !== undefined && { version }),
    ...(pid > 0 && { pid }),
    ...(config !== undefined && { config }),
    ...(record !== undefined && { record }),
  };
}

const serviceStates: ReadonlyMap<string, DockerObservation["service"]> = new Map([
  ["active", "active"],
  ["reloading", "active"],
  ["activating", "changing"],
  ["deactivating", "changing"],
]);
