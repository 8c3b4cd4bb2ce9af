/** What a machine must have to be taken into a cluster. */
export interface HostFacts {
  readonly init: string;
  /** An engine is installed. */
  readonly hasEngine: boolean;
  /** Name of the package manager; empty: none that is known. */
  readonly packages: string;
  /** Its IPv4 addresses; empty: they cannot be asked for. */
  readonly addresses: readonly string[];
  /** Its daemon runs and says so. */
  readonly isInSwarm: boolean;
  /** Names of running containers that belong to no swarm. */
  readonly containers: readonly string[];
  /** Ports that others than Docker listen on: `tcp 2377 (python3)`. */
  readonly takenPorts: readonly string[];
}

/** Looks only. Run as root by `sh -s`; the arguments are the ports to look at: `tcp:2377`. */
export const hostFactsScript = `
for directory in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do PATH=$PATH:$directory; done
if [ -d /run/systemd/system ]; then echo init=systemd
elif command -v service >/dev/null; then echo init=service
else echo init=
fi
if command -v dockerd >/dev/null; then echo engine=yes; fi
for manager in apt-get dnf; do
  if command -v "$manager" >/dev/null; then echo "packages=$manager"; break; fi
done
ip -o -4 address show 2>/dev/null | awk '{ split($4, a, "/"); print "address=" a[1] }'
if timeout 20 docker info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null | grep -q '^active$'; then echo swarm=yes; fi
timeout 20 docker ps --format '{{.Names}} {{.Label "com.docker.swarm.task.id"}}' 2>/dev/null | awk 'NF == 1 { print "container=" $1 }'
for port; do
  kind=\${port%%:*} number=\${port#*:}
  ss -Hln "--$kind" -p "sport = :$number" 2>/dev/null | grep -v '"dockerd"' | head -n 1 | while read -r line; do
    by=$(printf '%s' "$line" | sed -n 's/.*(("\\([^"]*\\)".*/\\1/p')
    echo "port=$kind $number (\${by:-the kernel})"
  done
done
echo end=yes
`;

/** Reads what the script printed; undefined where it did not run to its end. */
export function parseHostFacts(stdout: string): HostFacts | undefined {
  const values = (key: string): readonly string[] =>
    [...stdout.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value]) => value?.trim() ?? "");
  if (!values("end").includes("yes")) return undefined;
  return {
    init: values("init")[0] ?? "",
    hasEngine: values("engine").includes("yes"),
    packages: values("packages")[0] ?? "",
    addresses: values("address"),
    isInSwarm: values("swarm").includes("yes"),
    containers: values("container"),
    takenPorts: values("port"),
  };
}
