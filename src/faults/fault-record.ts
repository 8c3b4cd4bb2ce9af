import { faultKinds, plainKinds, type Fault, type FaultKind, type Protocol } from "./fault.ts";

/** A fault that was injected and not healed yet. Written before it is injected, removed when it is healed. */
export interface FaultRecord {
  readonly schemaVersion: 1;
  /** `partition-3f9c`: kind, and what makes it unique. */
  readonly id: string;
  readonly fault: Fault;
  /** ISO 8601 in UTC. */
  readonly since: string;
  /** When it heals by itself; null: never. */
  readonly until: string | null;
  /** Who heals it then: each machine itself, or a process of this computer. */
  readonly healer: "machines" | "computer";
}

/** @param random four hexadecimal digits */
export const faultId = (kind: FaultKind, random: string): string => `${kind}-${random}`;

/** Reads a record's file; undefined: it is damaged, or of another version. */
export function parseFaultRecord(text: string): FaultRecord | undefined {
  const data = parseJson(text);
  const fault = parseFaultData(fieldOf(data, "fault"));
  const [id, since, until] = ["id", "since", "until"].map((name) => fieldOf(data, name));
  const healer = (["machines", "computer"] as const).find((known) => known === fieldOf(data, "healer"));
  if (fieldOf(data, "schemaVersion") !== 1 || fault === undefined || healer === undefined) return undefined;
  if (typeof id !== "string" || !new RegExp(`^${fault.kind}-[0-9a-f]{4}$`).test(id)) return undefined;
  if (!isTime(since) || !(until === null || isTime(until))) return undefined;
  return { schemaVersion: 1, id, fault, since, until, healer };
}

/** Where a record stands: machines that heal themselves need nobody to say so. */
export function standingOf(
  { until, healer }: Pick<FaultRecord, "until" | "healer">,
  nowMs: number,
): "active" | "healed" | "overdue" {
  if (until === null || nowMs < Date.parse(until)) return "active";
  if (healer === "machines") return "healed";
  return nowMs < Date.parse(until) + healingTakesMs ? "active" : "overdue";
}

/** A machine that was killed has to boot, and another command may hold the cluster. */
const healingTakesMs = 60_000;

function parseFaultData(data: unknown): Fault | undefined {
  const kind = faultKinds.find((known) => known === fieldOf(data, "kind"));
  const plain = plainKinds.find((known) => known === kind);
  const [machine, bySeconds] = [fieldOf(data, "machine"), fieldOf(data, "bySeconds")];
  if (plain !== undefined) return isName(machine) ? { kind: plain, machine } : undefined;
  switch (kind) {
    case "partition":
      return parsePartitionData(data);
    case "block":
      return parseBlockData(data);
    case "slow":
      return parseSlowData(data);
    case "skew-clock":
      return isName(machine) && isWhole(bySeconds) ? { kind, machine, bySeconds } : undefined;
    default:
      return undefined;
  }
}

function parsePartitionData(data: unknown): Fault | undefined {
  const groups = fieldOf(data, "groups");
  return isList(groups, isNames) && groups.length > 1 ? { kind: "partition", groups } : undefined;
}

function parseBlockData(data: unknown): Fault | undefined {
  const [port, protocols, machines] = ["port", "protocols", "machines"].map((name) => fieldOf(data, name));
  return isWhole(port) && isList(protocols, isProtocol) && isNames(machines)
    ? { kind: "block", port, protocols, machines }
    : undefined;
}

function parseSlowData(data: unknown): Fault | undefined {
  const [delayMs, rateKbit, machines] = ["delayMs", "rateKbit", "machines"].map((name) =>
    fieldOf(data, name),
  );
  return (delayMs === null || isWhole(delayMs)) &&
    (rateKbit === null || isWhole(rateKbit)) &&
    isNames(machines)
    ? { kind: "slow", delayMs, rateKbit, machines }
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function fieldOf(data: unknown, name: string): unknown {
  return typeof data === "object" && data !== null
    ? Object.entries(data).find(([key]) => key === name)?.[1]
    : undefined;
}

/** It becomes a part of commands. */
const isName = (value: unknown): value is string =>
  typeof value === "string" && /^[A-Za-z0-9._-]+$/.test(value);
const isNames = (value: unknown): value is readonly string[] => isList(value, isName) && value.length > 0;
const isWhole = (value: unknown): value is number => Number.isInteger(value);
const isProtocol = (value: unknown): value is Protocol => value === "tcp" || value === "udp";
const isTime = (value: unknown): value is string =>
  typeof value === "string" && !Number.isNaN(Date.parse(value));

function isList<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem);
}
