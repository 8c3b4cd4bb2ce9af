import { daemonKeys, type WrittenOptions, writtenOptions } from "./daemon-layers.ts";
import { type Finding, formatPath } from "./finding.ts";
import type { Rule } from "./rule.ts";
import type { ConfigValues } from "./schema.ts";
import type { Path } from "./values.ts";

const repositoryKey = ["docker", "repository"] as const;
const tcpKey = ["docker", "tcp"] as const;
const cacheKey = ["docker", "cache"] as const;

/** Daemon options that cannot go together with swarm mode or with how machines are reached, and a repository that nothing uses. */
export const daemonRules: readonly Rule[] = [
  { reads: [["docker", "channel"], repositoryKey], check: checkRepository },
  { reads: [tcpKey], check: checkTcp },
  { reads: [cacheKey, ...daemonKeys], check: checkCache },
  ...daemonKeys.map((key): Rule => ({ reads: [key], check: (values) => checkUnder(key, values) })),
];

function checkRepository({ docker }: ConfigValues): readonly Finding[] {
  if (docker.repository === undefined || docker.channel === "docker") return [];
  return [
    {
      severity: "warning",
      path: repositoryKey,
      at: "key",
      what: "docker.repository is not used",
      why: "docker.channel is distribution",
      remedy: "Set docker.channel: docker, or remove docker.repository.",
    },
  ];
}

function checkTcp({ docker }: ConfigValues): readonly Finding[] {
  if (docker.tcp !== "insecure") return [];
  return [
    {
      severity: "warning",
      path: tcpKey,
      at: "value",
      what: "INSECURE: docker.tcp lets everyone in",
      why: "whoever reaches port 2375 of a machine, each container and each program on this computer included, is root on that machine. Docker has announced that a later version will not start like this",
      remedy: "Set docker.tcp to tls, which clients reach with the cluster's certificate, or to off.",
    },
  ];
}

function checkCache(values: ConfigValues): readonly Finding[] {
  if (values.docker.cache === undefined) return [];
  const mirrors = "registry-mirrors";
  return writtenOptions(values)
    .filter(({ options }) => Object.hasOwn(options, mirrors))
    .map(({ path }) => ({
      severity: "error",
      path: [...path, mirrors],
      at: "key",
      what: `${formatPath([...path, mirrors])} and docker.cache cannot be set together`,
      why: "machines reach the cache as their registry mirror",
      remedy: "Remove one of them; docker.cache may be the address of a mirror.",
    }));
}

function checkUnder(key: Path, values: ConfigValues): readonly Finding[] {
  const isUnder = ({ path }: WrittenOptions): boolean => key.every((part, index) => path[index] === part);
  return writtenOptions(values).filter(isUnder).flatMap(checkOptions);
}

function checkOptions({ path, options }: WrittenOptions): readonly Finding[] {
  return Object.entries(options).flatMap(([key, value]): readonly Finding[] => {
    const place = [...path, key];
    const advice = adviceFor(place, { key, value });
    return advice ? [{ severity: "error", path: place, at: "key", ...advice }] : [];
  });
}

function adviceFor(
  place: Path,
  { key, value }: { readonly key: string; readonly value: unknown },
): Pick<Finding, "what" | "why" | "remedy"> | undefined {
  if (holdsNoNumber(value))
    return {
      what: `${formatPath(place)} holds a number that daemon.json cannot`,
      why: "JSON has neither .nan nor .inf, and no number that is as large",
      remedy: "Write a number of ordinary size.",
    };
  if (key === "live-restore" && value === true)
    return {
      what: "live-restore cannot be used in a swarm",
      why: "dockerd refuses to start in swarm mode with it; the swarm itself moves tasks when a daemon stops",
      remedy: "Remove live-restore.",
    };
  if (key === "firewall-backend" && value === "nftables")
    return {
      what: "the nftables firewall backend cannot be used in a swarm",
      why: "overlay networks still need iptables rules",
      remedy: "Remove firewall-backend, or set it to iptables.",
    };
  if (key === "hosts" || key.startsWith("tls"))
    return {
      what: `${formatPath(place)} cannot be set`,
      why: "swarmlab itself sets up how each daemon is reached, with certificates of the cluster's own",
      remedy: `Remove ${key}.`,
    };
  return undefined;
}

function holdsNoNumber(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsNoNumber);
}
