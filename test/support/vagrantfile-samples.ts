import { parseConfig } from "../../src/cluster/parse-config.ts";
import { resolveCluster } from "../../src/cluster/resolve.ts";
import { vagrantProviderNames } from "../../src/cluster/cluster.ts";
import { unwrap } from "../../src/failure.ts";
import type { VagrantfileOptions } from "../../src/render/vagrantfile.ts";

/** What each golden Vagrantfile is made from, by its name. */
export const vagrantfileSamples: Readonly<Record<string, VagrantfileOptions>> = {
  "virtualbox-1-0": sample("workers: 0"),
  "virtualbox-1-2": sample(""),
  "virtualbox-3-4": sample(`
    managers: 3
    workers: 4
    subnet: 192.168.60.0/22
    resources:
      manager: { cpus: 1.5, memory: 2GiB }
      worker: { memory: 1536MiB }`),
  ...Object.fromEntries(
    vagrantProviderNames.slice(1).map((provider) => [`${provider}-1-2`, { ...sample(""), provider }]),
  ),
  "libvirt-emulated": { ...sample("workers: 1"), provider: "libvirt", emulated: true },
  "odd-short": { ...sample("name: a\nworkers: 0"), hostResolver: true },
  "odd-long": {
    ...sample("name: 0-class-end-do-x--1234567890-abc\nworkers: 1"),
    box: { name: "swarmlab/b" },
  },
  "odd-paths": {
    ...sample("name: end\nworkers: 0"),
    box: { name: `a'b/c"d#{e}#$f#@g\\h`, version: "1.0.0" },
    localFile: `/home/Zoë O'Neil/my "lab"/#{x}/Vagrantfile.local`,
  },
};

function sample(yaml: string): VagrantfileOptions {
  const { cluster } = unwrap(resolveCluster(unwrap(parseConfig(yaml, "swarmlab.yaml")), {}));
  return {
    cluster,
    provider: "virtualbox",
    box: { name: "example/debian-12", version: "12.1.0" },
    emulated: false,
    hostResolver: false,
  };
}
