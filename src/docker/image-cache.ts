import { isDeepStrictEqual } from "node:util";
import type { Cluster } from "../cluster/cluster.ts";

/** The user comes with Debian's package, as does a unit of its own, which listens everywhere. */
const user = "docker-registry";
const port = 5080;
const directory = "swarmlab-image-cache";

export const imageCacheUnit = "swarmlab-image-cache.service";
export const imageCachePaths = {
  unit: `/etc/systemd/system/${imageCacheUnit}`,
  config: "/etc/docker/swarmlab-image-cache.json",
  images: `/var/lib/${directory}`,
} as const;

/** What makes the image cache of a machine; undefined for a file that is not there. */
export interface ImageCacheFiles {
  readonly unit: string | undefined;
  readonly config: string | undefined;
}

/** Where the first manager listens with the image cache: on its private address only. Undefined: there shall be none. */
export function imageCacheListener({
  imageCache,
  machines,
}: Pick<Cluster, "imageCache" | "machines">): string | undefined {
  const [first] = machines;
  return imageCache === undefined || first === undefined ? undefined : `${first.address}:${port}`;
}

/** As a registry mirror of the machines' daemons, which take a mirror by plain HTTP where its address says so. */
export function imageCacheUrl(cluster: Pick<Cluster, "imageCache" | "machines">): string | undefined {
  const listener = imageCacheListener(cluster);
  return listener === undefined ? undefined : `http://${listener}`;
}

/** The files that the first manager shall have. */
export function wantedImageCache(cluster: Cluster): ImageCacheFiles {
  const listener = imageCacheListener(cluster);
  if (listener === undefined) return { unit: undefined, config: undefined };
  const config = {
    version: "0.1",
    storage: { filesystem: { rootdirectory: imageCachePaths.images } },
    http: { addr: listener },
    proxy: { remoteurl: cluster.imageCache },
  };
  return { unit: unitText, config: `${JSON.stringify(config, null, 2)}\n` };
}

/** What it takes to come from the files that are there to those that shall be. */
export function planImageCache(
  current: ImageCacheFiles,
  wanted: ImageCacheFiles,
): "none" | "start" | "remove" {
  if (isDeepStrictEqual(current, wanted)) return "none";
  return wanted.unit === undefined ? "remove" : "start";
}

/** The registry asks its upstream before it listens, and ends where nobody answers; the address may come late at boot. */
const unitText = `[Unit]
Description=Images that the machines of this swarmlab cluster have pulled
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
User=${user}
StateDirectory=${directory}
ExecStart=/usr/bin/docker-registry serve ${imageCachePaths.config}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`;
