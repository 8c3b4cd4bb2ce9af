import type { DaemonLayers, DaemonOptions, Role } from "./cluster.ts";
import type { ConfigValues } from "./schema.ts";
import type { Path } from "./values.ts";

/** Daemon options that stand together in `swarmlab.yaml`, with the key that holds them. */
export interface WrittenOptions {
  readonly path: Path;
  readonly options: DaemonOptions;
}

export const daemonByMachineKey: Path = ["docker", "daemon-by-machine"];

/** The keys below which daemon options stand. */
export const daemonKeys: readonly Path[] = [
  ["docker", "daemon"],
  ["docker", "daemon-by-role"],
  daemonByMachineKey,
];

/** The daemon options of a file, as the cluster keeps them. */
export function toDaemonLayers({ docker }: ConfigValues): DaemonLayers {
  const byRole = docker["daemon-by-role"];
  return { all: docker.daemon, byRole, byMachine: docker["daemon-by-machine"] };
}

/** Each place of a file where daemon options may stand. */
export function writtenOptions({ docker }: ConfigValues): readonly WrittenOptions[] {
  const under = (key: "daemon-by-role" | "daemon-by-machine"): readonly WrittenOptions[] =>
    Object.entries(docker[key]).map(([name, options]) => ({ path: ["docker", key, name], options }));
  const all = { path: ["docker", "daemon"], options: docker.daemon };
  return [all, ...under("daemon-by-role"), ...under("daemon-by-machine")];
}

/** The options of one machine: those of its role win over those of all, its own over both. An option is replaced whole. */
export function daemonOptionsOf(
  { all, byRole, byMachine }: DaemonLayers,
  { name, role }: { readonly name: string; readonly role: Role },
): DaemonOptions {
  return { ...all, ...byRole[role], ...byMachine[name] };
}
