import { closest } from "./closest.ts";
import { countsOf } from "./counts.ts";
import type { Finding } from "./finding.ts";
import { parseJump } from "./jump.ts";
import { machineNames, parseMachineName } from "./machine-name.ts";
import type { Rule } from "./rule.ts";
import type { ConfigValues } from "./schema.ts";
import type { Path } from "./values.ts";

/** What must hold for machines that exist already. */
export const hostRules: readonly Rule[] = [
  { reads: [["hosts"], ["provider"]], check: hostsOfNoUse },
  { reads: [["hosts"], ["provider"]], check: noHosts },
  { reads: [["provider"]], check: settledByHosts },
  { reads: [["hosts"]], check: (values) => (isUsed(values) ? wrongNames(values) : []) },
  { reads: [["hosts"]], check: (values) => (isUsed(values) ? sameMachine(values) : []) },
  { reads: [["hosts"]], check: (values) => (isUsed(values) ? wrongJumps(values) : []) },
];

const isUsed = ({ provider }: ConfigValues): boolean => provider === "hosts";

const error = (path: Path, text: Pick<Finding, "what" | "why" | "remedy">): Finding => ({
  severity: "error",
  path,
  at: "key",
  ...text,
});

function hostsOfNoUse(values: ConfigValues): readonly Finding[] {
  if (isUsed(values) || Object.keys(values.hosts).length === 0) return [];
  return [
    error(["hosts"], {
      what: `hosts are listed, and provider is ${values.provider}`,
      why: "machines that exist already are only taken into a cluster by provider hosts, and auto never chooses that",
      remedy: "Set provider: hosts, or remove hosts.",
    }),
  ];
}

function noHosts(values: ConfigValues): readonly Finding[] {
  if (!isUsed(values) || Object.keys(values.hosts).length > 0) return [];
  return [
    {
      ...error(["provider"], {
        what: "provider is hosts, and no hosts are listed",
        remedy:
          "List them, for example hosts: { manager: { address: 192.0.2.17 } }; swarmlab init --provider hosts writes an example.",
      }),
      at: "value",
    },
  ];
}

/** What machines that exist already have brought with them. */
function settledByHosts(values: ConfigValues): readonly Finding[] {
  if (!isUsed(values)) return [];
  const counts = "the machines are those listed under hosts";
  const reasons: Readonly<Record<string, string>> = {
    managers: counts,
    workers: counts,
    without: counts,
    subnet: "machines that exist already have their addresses",
    box: "machines that exist already have their system",
    "box-version": "machines that exist already have their system",
    resources: "machines that exist already have their memory and CPUs",
  };
  const isSet = (key: string): boolean =>
    key === "resources" ? Object.keys(values.resources).length > 0 : Object.hasOwn(values, key);
  return Object.entries(reasons)
    .filter(([key]) => isSet(key))
    .map(([key, why]) =>
      error([key], { what: `${key} cannot be set with provider hosts`, why, remedy: `Remove ${key}.` }),
    );
}

/** Names are those that other providers give their machines: roles follow from them. Numbers may be missing, so that a machine can go. */
function wrongNames(values: ConfigValues): readonly Finding[] {
  const given = Object.keys(values.hosts);
  if (given.length === 0) return [];
  const { managers, workers } = countsOf(values);
  const likely = machineNames({ managers: Math.max(managers, 1), workers });
  return given
    .filter((name) => parseMachineName(name) === undefined)
    .map((name) => unknownName(name, likely))
    .concat(managers === 0 ? [noManager()] : []);
}

function unknownName(name: string, likely: readonly string[]): Finding {
  const suggestion = closest(name, likely);
  return error(["hosts", name], {
    what: `no machine can be called "${name}"`,
    why: "machines are called manager, manager2, node1, node2 and so on: what they do in the swarm follows from it",
    remedy: suggestion === undefined ? "Use one of these names." : `Did you mean "${suggestion}"?`,
  });
}

const noManager = (): Finding =>
  error(["hosts"], {
    what: "no host is called manager",
    why: "a swarm begins on its first manager",
    remedy: "Call one of them manager.",
  });

/** The address that the others know a machine by tells it from them. */
function sameMachine({ hosts }: ConfigValues): readonly Finding[] {
  const all = Object.entries(hosts).map(([name, host]) => ({
    name,
    address: host["advertise-addr"] ?? host.address,
  }));
  return all.flatMap(({ name, address }, index) => {
    const other = all.slice(0, index).find((earlier) => earlier.address === address);
    if (other === undefined) return [];
    return [
      error(["hosts", name], {
        what: `${name} and ${other.name} have the same address ${address}`,
        why: "the machines of a swarm know each other by their addresses",
        remedy: `Correct the address of one, or give it its own advertise-addr, or remove it.`,
      }),
    ];
  });
}

function wrongJumps({ hosts }: ConfigValues): readonly Finding[] {
  return Object.keys(hosts).flatMap((name) => {
    const way = wayTo(name, hosts);
    const last = way.at(-1) ?? name;
    const place: Path = ["hosts", name, "jump"];
    if (!Object.hasOwn(hosts, last)) {
      // Told where it is written.
      if (way.length > 1) return [];
      const suggestion = closest(last, Object.keys(hosts));
      return [
        error(place, {
          what: `${name} is reached through ${last}, which is no host of the list`,
          remedy: `${suggestion === undefined ? "" : `Did you mean "${suggestion}"? `}Use the name of another host, or user@address.`,
        }),
      ];
    }
    if (!way.includes(name)) return [];
    return [
      error(place, {
        what: `${name} is reached through itself`,
        remedy: "One of them must be reached directly.",
      }),
    ];
  });
}

/** The hosts that one jumps through, up to one that is reached directly, is unknown, or was met before. */
function wayTo(
  name: string,
  hosts: ConfigValues["hosts"],
  before: readonly string[] = [],
): readonly string[] {
  const jump = hosts[name]?.jump;
  const through = jump === undefined ? undefined : parseJump(jump);
  if (through?.kind !== "host") return before;
  const way = [...before, through.name];
  return before.includes(through.name) ? way : wayTo(through.name, hosts, way);
}
