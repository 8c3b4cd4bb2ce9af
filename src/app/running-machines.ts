import { closest } from "../cluster/closest.ts";
import type { MachineSpec } from "../cluster/cluster.ts";
import { FailureError } from "../failure.ts";
import type { Lab } from "./open-lab.ts";

/** The machine with this name. @throws FailureError `unknown-machine`, `not-running`. */
export function requireRunning(lab: Lab, name: string): MachineSpec {
  const machine = lab.cluster.machines.find((candidate) => candidate.name === name);
  if (machine === undefined) {
    const known = lab.cluster.machines.map((candidate) => candidate.name);
    const suggestion = closest(name, known);
    throw new FailureError({
      kind: "unknown-machine",
      name,
      known,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const state = lab.machines.get(name)?.state ?? "absent";
  if (state !== "running") throw new FailureError({ kind: "not-running", machine: name, state });
  return machine;
}
