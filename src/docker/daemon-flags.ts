import { fail, ok, type Result } from "../failure.ts";
import { markedBlock, withoutMarkedBlock } from "../remote/marked-block.ts";
import { quoteArgv } from "../remote/shell-quote.ts";
import type { DaemonOptions } from "../cluster/cluster.ts";
import { daemonRequirements, requirementFailure } from "./daemon-requirements.ts";
import { isObject } from "./json-object.ts";

/** Where init scripts and upstart jobs of Docker read the daemon's flags from: `DOCKER_OPTS`. Not read where systemd starts the daemon. */
export const daemonFlagsPath = "/etc/default/docker";

/** Lists of `daemon.json` have flags of another name, given once for each item. */
const listFlags: ReadonlyMap<string, string> = new Map([
  ["allow-nondistributable-artifacts", "allow-nondistributable-artifacts"],
  ["authorization-plugins", "authorization-plugin"],
  ["dns", "dns"],
  ["dns-opts", "dns-opt"],
  ["dns-search", "dns-search"],
  ["exec-opts", "exec-opt"],
  ["hosts", "host"],
  ["insecure-registries", "insecure-registry"],
  ["labels", "label"],
  ["node-generic-resources", "node-generic-resource"],
  ["registry-mirrors", "registry-mirror"],
  ["storage-opts", "storage-opt"],
]);

/** Mappings of `daemon.json` whose flag takes one `key=value` each time. */
const mapFlags: ReadonlyMap<string, string> = new Map([
  ["cluster-store-opts", "cluster-store-opt"],
  ["log-opts", "log-opt"],
]);

/**
 * The options as flags of dockerd, one word each; both names are dockerd's own: https://docs.docker.com/reference/cli/dockerd/
 * Fails with `prerequisite` for an option that has no such form. A word with a blank has none: init scripts expand `$DOCKER_OPTS` unquoted.
 */
export function formatDaemonFlags(options: DaemonOptions, machine: string): Result<readonly string[]> {
  const flags = Object.entries(options).map(([key, value]) => ({ key, words: flagWords(key, value) }));
  const unsaid = flags.find(({ words }) => words === undefined || words.some((word) => /\s/.test(word)));
  return unsaid ? fail(noFlag(unsaid.key, machine)) : ok(flags.flatMap(({ words }) => words ?? []));
}

/** The file with `flags` appended to what `DOCKER_OPTS` holds, in a block at its end; without flags there is no block. */
export function mergeDaemonFlags(current: string, flags: readonly string[]): string {
  const kept = withoutMarkedBlock(current.split("\n"));
  if (flags.length === 0) return kept.join("\n");
  const others = kept.at(-1) === "" ? kept.slice(0, -1) : kept;
  const assignment = `DOCKER_OPTS="$DOCKER_OPTS "${quoteArgv([flags.join(" ")])}`;
  return [...others, ...markedBlock([assignment])].map((line) => `${line}\n`).join("");
}

/** The options of `daemon.json` that a command of dockerd sets by flags: `true` for a flag alone, else its text; of several of a name the last. */
export function optionsOfCommand(command: string): DaemonOptions {
  const words = command.split(/\s+/);
  const options = words.flatMap((word, index): (readonly [string, unknown])[] => {
    const flag = /^(?:--(?<long>[a-z][a-z\d-]*)|-(?<short>[a-zA-Z]))(?:=(?<value>.*))?$/.exec(word)?.groups;
    if (flag === undefined) return [];
    const name = flag["long"] ?? shortFlags.get(flag["short"] ?? "");
    const next = words[index + 1] ?? "-";
    const value = flag["value"] ?? (next.startsWith("-") ? "true" : next);
    return name === undefined ? [] : [[optionNames.get(name) ?? name, value === "true" ? true : value]];
  });
  return Object.fromEntries(options);
}

/** Which dockerd of any version with Swarm mode knows. */
const shortFlags: ReadonlyMap<string, string> = new Map([
  ["b", "bridge"],
  ["D", "debug"],
  ["G", "group"],
  ["g", "graph"],
  ["H", "host"],
  ["l", "log-level"],
  ["p", "pidfile"],
  ["s", "storage-driver"],
]);

const optionNames: ReadonlyMap<string, string> = new Map(
  [...listFlags, ...mapFlags].map(([option, flag]) => [flag, option]),
);

function flagWords(key: string, value: unknown): readonly string[] | undefined {
  const list = listFlags.get(key);
  if (list !== undefined) return listWords(list, value);
  const map = mapFlags.get(key);
  if (map === undefined) return isScalar(value) ? [`--${key}=${value}`] : undefined;
  return isObject(value)
    ? listWords(
        map,
        Object.entries(value).map(([name, item]) => (isScalar(item) ? `${name}=${item}` : item)),
      )
    : undefined;
}

function listWords(flag: string, items: unknown): readonly string[] | undefined {
  return Array.isArray(items) && items.every(isScalar)
    ? items.map((item) => `--${flag}=${String(item)}`)
    : undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function noFlag(key: string, machine: string) {
  const hint = `remove the daemon option ${key} from swarmlab.yaml, or use machines with systemd`;
  const why = `without systemd, options are given as flags in ${daemonFlagsPath}, and ${key} with this value cannot be written as one`;
  return requirementFailure({ ...daemonRequirements.configuration, hint }, { machine, why });
}
