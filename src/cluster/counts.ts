import type { ProviderName } from "./cluster.ts";
import { parseMachineName } from "./machine-name.ts";

/** How many machines of each role. */
export interface Counts {
  readonly managers: number;
  readonly workers: number;
}

/** What a file asks for that names no numbers. */
export const defaultCounts: Counts = { managers: 1, workers: 2 };

/** How many machines there are: as many as were asked for; of machines that exist already, as many as are listed. */
export function countsOf(values: {
  readonly provider: ProviderName | "auto";
  readonly hosts: Readonly<Record<string, unknown>>;
  readonly managers?: number;
  readonly workers?: number;
}): Counts {
  if (values.provider !== "hosts") return { ...defaultCounts, ...given(values) };
  const roles = Object.keys(values.hosts).map((name) => parseMachineName(name)?.role);
  return {
    managers: roles.filter((role) => role === "manager").length,
    workers: roles.filter((role) => role === "worker").length,
  };
}

const given = ({ managers, workers }: Partial<Counts>): Partial<Counts> => ({
  ...(managers !== undefined && { managers }),
  ...(workers !== undefined && { workers }),
});
