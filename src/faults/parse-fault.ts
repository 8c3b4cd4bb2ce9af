import { closest } from "../cluster/closest.ts";
import type { MachineSpec } from "../cluster/cluster.ts";
import { selectMachines } from "../cluster/select.ts";
import { fail, ok, type Failure, type Result } from "../failure.ts";
import { faultKinds, plainKinds, type Fault, type FaultKind, type Protocol } from "./fault.ts";
import { parseRate, parseSignedDuration } from "./parse-amount.ts";

/** A fault as it is typed. */
export interface FaultWords {
  readonly kind: string;
  /** What follows the kind. */
  readonly arguments: readonly string[];
  readonly on?: string;
  readonly delayMs?: number;
  readonly rate?: string;
  readonly by?: string;
}

/** What each kind takes besides its name. */
const forms: Readonly<Record<FaultKind, string>> = {
  kill: "MACHINE",
  stop: "MACHINE",
  pause: "MACHINE",
  partition: "GROUP GROUP…   (a group: machines as a,b)",
  isolate: "MACHINE",
  block: "PORT[/tcp|/udp] [--on FILTER]",
  slow: "--on FILTER [--delay MS] [--rate RATE]   (a rate: 512kbit, 1mbit)",
  "fill-disk": "MACHINE",
  "skew-clock": "MACHINE --by DURATION   (5m, -1h)",
};

/** How many arguments each kind has, at least and at most, and which options. */
const shapes: Readonly<
  Record<FaultKind, { readonly least: number; readonly most: number; readonly options: readonly Option[] }>
> = {
  kill: { least: 1, most: 1, options: [] },
  stop: { least: 1, most: 1, options: [] },
  pause: { least: 1, most: 1, options: [] },
  partition: { least: 2, most: Infinity, options: [] },
  isolate: { least: 1, most: 1, options: [] },
  block: { least: 1, most: 1, options: ["on"] },
  slow: { least: 0, most: 0, options: ["on", "delayMs", "rate"] },
  "fill-disk": { least: 1, most: 1, options: [] },
  "skew-clock": { least: 1, most: 1, options: ["by"] },
};

const optionFlags = { on: "--on", delayMs: "--delay", rate: "--rate", by: "--by" } as const;
type Option = keyof typeof optionFlags;

/** The fault that is meant, its machines all in the cluster. Fails as `usage` and `unknown-machine`. */
export function parseFault(words: FaultWords, machines: readonly MachineSpec[]): Result<Fault> {
  const kind = faultKinds.find((known) => known === words.kind);
  if (kind === undefined) return fail(unknownKind(words.kind));
  const { least, most, options } = shapes[kind];
  const given = words.arguments.length;
  if (given < least || given > most) return misused(kind, `${kind} takes ${forms[kind]}`);
  const wrong = optionNames.find((name) => words[name] !== undefined && !options.includes(name));
  if (wrong !== undefined) return misused(kind, `${optionFlags[wrong]} means nothing to ${kind}`);
  return parseKind(kind, words, machines);
}

const optionNames: readonly Option[] = ["on", "delayMs", "rate", "by"];

function parseKind(kind: FaultKind, words: FaultWords, machines: readonly MachineSpec[]): Result<Fault> {
  const plain = plainKinds.find((known) => known === kind);
  if (plain !== undefined) {
    return withMachine(words, machines, (machine) =>
      plain === "isolate" && machines.length === 1
        ? misused(kind, `${machine} is the only machine`)
        : ok({ kind: plain, machine }),
    );
  }
  switch (kind) {
    case "partition":
      return parsePartition(words, machines);
    case "block":
      return parseBlock(words, machines);
    case "slow":
      return parseSlow(words, machines);
    default:
      return parseSkew(words, machines);
  }
}

function parsePartition(words: FaultWords, machines: readonly MachineSpec[]): Result<Fault> {
  const groups: (readonly string[])[] = [];
  for (const filter of words.arguments) {
    const chosen = selectMachines(machines, filter);
    if (!chosen.ok) return chosen;
    groups.push(chosen.value.map(({ name }) => name));
  }
  const all = groups.flat();
  const twice = all.find((name, index) => all.indexOf(name) !== index);
  if (twice !== undefined) return misused("partition", `${twice} is in more than one group`);
  return ok({ kind: "partition", groups });
}

function parseBlock(words: FaultWords, machines: readonly MachineSpec[]): Result<Fault> {
  const match = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(words.arguments[0] ?? "");
  const port = Number(match?.[1] ?? 0);
  if (port < 1 || port > 65_535) return misused("block", `${words.arguments[0] ?? ""} is no port`);
  const protocols: readonly Protocol[] =
    match?.[2] === "tcp" ? ["tcp"] : match?.[2] === "udp" ? ["udp"] : ["tcp", "udp"];
  return withFilter(words.on ?? "all", machines, (names) =>
    ok({ kind: "block", port, protocols, machines: names }),
  );
}

function parseSlow(words: FaultWords, machines: readonly MachineSpec[]): Result<Fault> {
  const { on, delayMs, rate } = words;
  if (on === undefined) return misused("slow", "slow needs machines: --on FILTER");
  if (delayMs === undefined && rate === undefined)
    return misused("slow", "slow needs --delay MS or --rate RATE");
  const rateKbit = rate === undefined ? null : (parseRate(rate) ?? NaN);
  if (Number.isNaN(rateKbit)) return misused("slow", `${rate ?? ""} is no rate`);
  return withFilter(on, machines, (names) =>
    ok({ kind: "slow", delayMs: delayMs ?? null, rateKbit, machines: names }),
  );
}

function parseSkew(words: FaultWords, machines: readonly MachineSpec[]): Result<Fault> {
  const bySeconds = words.by === undefined ? undefined : parseSignedDuration(words.by);
  if (bySeconds === undefined)
    return misused(
      "skew-clock",
      words.by === undefined ? "skew-clock needs --by DURATION" : `${words.by} is no duration`,
    );
  return withMachine(words, machines, (machine) => ok({ kind: "skew-clock", machine, bySeconds }));
}

function withFilter(
  filter: string,
  machines: readonly MachineSpec[],
  make: (names: readonly string[]) => Result<Fault>,
): Result<Fault> {
  const chosen = selectMachines(machines, filter);
  return chosen.ok ? make(chosen.value.map(({ name }) => name)) : chosen;
}

function withMachine(
  { kind, arguments: [filter = ""] }: FaultWords,
  machines: readonly MachineSpec[],
  make: (name: string) => Result<Fault>,
): Result<Fault> {
  return withFilter(filter, machines, ([name = "", ...more]) =>
    more.length === 0
      ? make(name)
      : fail(usage(`${filter} is more than one machine`, `Inject ${kind} into one after the other.`)),
  );
}

function misused(kind: FaultKind, message: string): Result<never> {
  return fail(usage(message, `swarmlab fault inject ${kind} ${forms[kind]}`));
}

function unknownKind(kind: string): Failure {
  const suggestion = closest(kind, faultKinds);
  const remedy =
    suggestion === undefined ? `One of: ${faultKinds.join(", ")}` : `Did you mean ${suggestion}?`;
  return usage(`there is no kind of fault ${kind}`, remedy);
}

const usage = (message: string, remedy: string): Failure => ({ kind: "usage", message, remedy });
