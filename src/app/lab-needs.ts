import type { MachineSpec } from "../cluster/cluster.ts";
import { type Feature, features } from "../labs/check-kind.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";

/** Machines that a lab needs and the cluster has not, in words. */
export function missingMachines(lab: LabDefinition, machines: readonly MachineSpec[]): string | undefined {
  const missing = (["manager", "worker"] as const).flatMap((role) => {
    const wanted = lab.needs[`${role}s`];
    const there = machines.filter((machine) => machine.role === role).length;
    if (there >= wanted) return [];
    return [`${wanted} ${role}${wanted === 1 ? "" : "s"}, and there ${there === 1 ? "is" : "are"} ${there}`];
  });
  return missing.length === 0 ? undefined : missing.join("; ");
}

/** Features that the whole lab needs and machines lack, in words. */
export async function whatIsMissing(
  lab: LabDefinition,
  lacking: (feature: Feature) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const found = await Promise.all(
    features
      .filter((feature) => lab.needs[feature])
      .map(async (feature) => ({ feature, machines: await lacking(feature) })),
  );
  return found
    .filter(({ machines }) => machines.length > 0)
    .map(({ feature, machines }) => `needs ${feature}, which is missing on ${machines.join(", ")}`);
}
