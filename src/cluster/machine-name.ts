import type { Role } from "./cluster.ts";

/** Which machine of its role, counted from 1. */
export interface MachineId {
  readonly role: Role;
  readonly number: number;
}

/** Managers a cluster can have: their addresses grow downwards and end above the gateway's. */
export const maxManagers = 16;

/** `manager`, `manager2` …; `node1`, `node2` … */
export function machineName({ role, number }: MachineId): string {
  if (role === "worker") return `node${number}`;
  return number === 1 ? "manager" : `manager${number}`;
}

/** The reverse of `machineName`; undefined for a name it never gives. */
export function parseMachineName(name: string): MachineId | undefined {
  const match = /^(?:(manager)(\d{0,2})|node(\d{1,9}))$/.exec(name);
  if (!match) return undefined;
  const role = match[1] === undefined ? "worker" : "manager";
  const id: MachineId = { role, number: Number((match[2] ?? match[3]) || "1") };
  const possible = id.number >= 1 && (role === "worker" || id.number <= maxManagers);
  return possible && machineName(id) === name ? id : undefined;
}

/** The names of a cluster's machines: managers first, each kind in the order of its numbers. */
export function machineNames(count: {
  readonly managers: number;
  readonly workers: number;
}): readonly string[] {
  const names = (role: Role, length: number) =>
    Array.from({ length }, (_, index) => machineName({ role, number: index + 1 }));
  return [...names("manager", count.managers), ...names("worker", count.workers)];
}

/** Compares as `machineNames` orders; names it never gives come last. */
export function compareMachineNames(a: string, b: string): number {
  return rank(a) - rank(b);
}

function rank(name: string): number {
  const id = parseMachineName(name);
  if (!id) return Number.MAX_SAFE_INTEGER;
  return id.role === "manager" ? id.number : id.number + maxManagers;
}
