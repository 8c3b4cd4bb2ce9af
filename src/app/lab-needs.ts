import type { Cluster, MachineSpec } from "../cluster/cluster.ts";
import { machineNames } from "../cluster/machine-name.ts";
import type { Problem } from "../failure.ts";
import { type Feature, features } from "../labs/check-kind.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";

/** In which way the cluster's machines are not those that a lab needs, in words. With more managers than it knows of, its text would be wrong. */
export function unfitMachines(
  lab: Pick<LabDefinition, "needs">,
  machines: readonly Pick<MachineSpec, "name" | "role">[],
): string | undefined {
  const { managers, workers } = lab.needs;
  const count = (role: MachineSpec["role"]): number =>
    machines.filter((machine) => machine.role === role).length;
  const unfit = [
    ...(count("manager") === managers ? [] : [`exactly ${andThere(managers, "manager", count("manager"))}`]),
    ...(count("worker") >= workers ? [] : [andThere(workers, "worker", count("worker"))]),
  ];
  if (unfit.length > 0) return unfit.join("; ");
  const missing = machineNames(lab.needs).filter(
    (name) => !machines.some((machine) => machine.name === name),
  );
  return missing.length === 0 ? undefined : `machines by these names too: ${missing.join(", ")}`;
}

const andThere = (wanted: number, what: string, there: number): string =>
  `${wanted} ${what}${wanted === 1 ? "" : "s"}, and there ${there === 1 ? "is" : "are"} ${there}`;

/** Which settings of `swarmlab.yaml` are others than the lab's text takes for granted, in words. */
export function unfitSettings(
  { needs }: Pick<LabDefinition, "needs">,
  { tcp, swarm }: Pick<Cluster, "tcp" | "swarm">,
): readonly Pick<Problem, "what" | "remedy">[] {
  const settings = [
    { key: "docker.tcp", wanted: needs.tcp, is: tcp, by: "swarmlab up" },
    {
      key: "swarm.data-path-port",
      wanted: needs["data-path-port"],
      is: swarm.dataPathPort ?? 4789,
      by: "swarmlab reset",
    },
    { key: "swarm.autolock", wanted: needs.autolock, is: swarm.autolock, by: "swarmlab up" },
  ];
  return settings
    .filter(({ wanted, is }) => wanted !== undefined && wanted !== is)
    .map(({ key, wanted, is, by }) => ({
      what: `needs ${key}: ${String(wanted)}, and it is ${String(is)}`,
      remedy: `Set ${key}: ${String(wanted)} in swarmlab.yaml, then: ${by}`,
    }));
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
