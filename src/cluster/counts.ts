import type { ProviderName } from "./cluster.ts";
import { compareMachineNames, machineNames, parseMachineName } from "./machine-name.ts";

/** How many machines of each role. */
export interface Counts {
  readonly managers: number;
  readonly workers: number;
}

/** What a file asks for that names no numbers. */
export const defaultCounts: Counts = { managers: 1, workers: 2 };

/** What decides which machines there are. */
interface AskedMachines {
  readonly provider: ProviderName | "auto";
  readonly hosts: Readonly<Record<string, unknown>>;
  readonly managers?: number;
  readonly workers?: number;
  readonly without?: readonly string[];
}

/** How many machines there are: as many as were asked for, without those left out; of machines that exist already, as many as are listed. */
export function countsOf(values: AskedMachines): Counts {
  const highest = highestOf(values);
  if (values.provider === "hosts") return countRoles(Object.keys(values.hosts));
  const left = countRoles([...new Set(values.without)].filter((name) => isWithin(name, highest)));
  return { managers: highest.managers - left.managers, workers: highest.workers - left.workers };
}

/** The highest number that a machine of each role has, or would have if none were left out. */
export function highestOf(values: AskedMachines): Counts {
  if (values.provider === "hosts") return highestNumbers(Object.keys(values.hosts));
  const { managers = defaultCounts.managers, workers = defaultCounts.workers } = values;
  return { managers, workers };
}

/** Whether there is a machine with this name. */
export function asksFor(values: AskedMachines, name: string): boolean {
  if (values.provider === "hosts")
    return Object.hasOwn(values.hosts, name) && parseMachineName(name) !== undefined;
  return isWithin(name, highestOf(values)) && values.without?.includes(name) !== true;
}

/** The names of the machines, in their order. Their numbers are known to be within reason. */
export function namesOf(values: AskedMachines): readonly string[] {
  const all =
    values.provider === "hosts"
      ? Object.keys(values.hosts).toSorted(compareMachineNames)
      : machineNames(highestOf(values));
  return all.filter((name) => asksFor(values, name));
}

/** The highest number of each role among these names. */
export function highestNumbers(names: readonly string[]): Counts {
  const highest = (role: "manager" | "worker"): number =>
    Math.max(
      0,
      ...names.map(parseMachineName).map((id) => (id !== undefined && id.role === role ? id.number : 0)),
    );
  return { managers: highest("manager"), workers: highest("worker") };
}

function countRoles(names: readonly string[]): Counts {
  const roles = names.map((name) => parseMachineName(name)?.role);
  const count = (role: "manager" | "worker"): number => roles.filter((each) => each === role).length;
  return { managers: count("manager"), workers: count("worker") };
}

/** Whether counting up to these numbers meets the name. */
export function isWithin(name: string, highest: Counts): boolean {
  const id = parseMachineName(name);
  return id !== undefined && id.number <= highest[`${id.role}s`];
}
