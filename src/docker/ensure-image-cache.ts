import type { Cluster } from "../cluster/cluster.ts";
import { FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import {
  imageCacheListener,
  imageCachePaths,
  imageCacheUnit,
  planImageCache,
  wantedImageCache,
} from "./image-cache.ts";

interface Caching {
  readonly remote: Remote;
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
}

/** `waiting`: started, and its upstream does not answer yet; until it does, machines pull without it. */
export type ImageCacheChange = "kept" | "started" | "waiting" | "removed";

/**
 * Has the first manager keep images for all machines where the cluster asks for that; otherwise takes from it the cache and all that it keeps.
 * @throws FailureError `prerequisite` where it has no docker-registry.
 */
export async function ensureImageCache({ remote, cluster, signal }: Caching): Promise<ImageCacheChange> {
  const plan = await planFor(remote, cluster);
  if (plan === "none") return "kept";
  const { config, unit } = wantedImageCache(cluster);
  const { exitCode, stdout, stderr } = await remote.tryRun({
    argv: ["sh", "-c", script, "sh", plan, imageCacheListener(cluster) ?? "", encoded(config), encoded(unit)],
    sudo: true,
    signal,
  });
  if (exitCode === 3) throw noRegistry(remote.machine);
  const change = changes.find((each) => each === stdout.trim());
  if (exitCode === 0 && change !== undefined) return change;
  throw new FailureError({
    kind: "remote-command",
    machine: remote.machine,
    argv: ["sh", plan],
    exitCode,
    stderr,
  });
}

/** What `ensureImageCache` would do now, in words; undefined: nothing. */
export async function previewImageCache({
  remote,
  cluster,
}: Omit<Caching, "signal">): Promise<{ readonly action: string; readonly reason: string } | undefined> {
  const plan = await planFor(remote, cluster);
  if (plan === "start")
    return { action: "start the image cache", reason: `docker.cache: ${cluster.imageCache ?? ""}` };
  if (plan === "remove") return { action: "remove the image cache", reason: "no docker.cache asks for it" };
  return undefined;
}

async function planFor(remote: Remote, cluster: Cluster): Promise<ReturnType<typeof planImageCache>> {
  if (cluster.machines[0]?.name !== remote.machine) return "none";
  const read = (path: string): Promise<string | undefined> => remote.readFile(path, { sudo: true });
  const [unit, config] = await Promise.all([read(imageCachePaths.unit), read(imageCachePaths.config)]);
  return planImageCache({ unit, config }, wantedImageCache(cluster));
}

const encoded = (text = ""): string => Buffer.from(text).toString("base64");

const changes: readonly ImageCacheChange[] = ["started", "waiting", "removed"];

/** Run as root. $1: start or remove; $2: ADDRESS:PORT to listen on; $3 and $4: configuration and unit in base64. The unit is what goes last. */
const script = `
set -eu
unit=${imageCachePaths.unit} config=${imageCachePaths.config} images=${imageCachePaths.images}
trap '' HUP PIPE
umask 022

place() { printf '%s' "$1" | base64 -d >"$2.swarmlab-new"; mv -f "$2.swarmlab-new" "$2"; }
start() {
  if ! [ -d /run/systemd/system ] || ! [ -x /usr/bin/docker-registry ]; then exit 3; fi
  place "$2" "$config"
  place "$3" "$unit"
  systemctl daemon-reload
  systemctl enable --quiet ${imageCacheUnit}
  systemctl restart ${imageCacheUnit}
  looks_left=50
  until ss -ltn | grep -Fq "$1 "; do
    looks_left=$((looks_left - 1))
    if [ "$looks_left" -eq 0 ]; then echo waiting; exit; fi
    sleep 0.2
  done
  echo started
}
remove() {
  if [ -e "$unit" ]; then systemctl disable --quiet --now ${imageCacheUnit}; fi
  rm -rf "$images" "$config"
  rm -f "$unit"
  systemctl daemon-reload
  echo removed
}
"$@"
`;

function noRegistry(machine: string): FailureError {
  return new FailureError({
    kind: "prerequisite",
    problems: [
      {
        severity: "error",
        where: machine,
        what: "docker.cache needs docker-registry and systemd, and this machine lacks one of them",
        remedy: `On Debian and Ubuntu: swarmlab ssh ${machine} -- "sudo apt-get install docker-registry && sudo systemctl disable --now docker-registry", then: swarmlab up. Elsewhere remove docker.cache from swarmlab.yaml.`,
      },
    ],
  });
}
