import { FailureError } from "../failure.ts";
import type { Lab } from "./open-lab.ts";

/** Refuses what may only be done to machines that the provider has made. `action` completes "swarmlab does not …". @throws FailureError `usage` */
export function requireOwnMachines(
  { provider }: Pick<Lab, "provider">,
  its: { readonly action: string; readonly remedy: string },
): void {
  if (provider.capabilities.ownsMachines) return;
  throw new FailureError({
    kind: "usage",
    message: `swarmlab does not ${its.action}: with provider ${provider.name} the machines are not its own`,
    remedy: its.remedy,
  });
}

/** Labs begin with machines that hold nothing else. @throws FailureError `usage` */
export function requireMachinesForLabs(lab: Pick<Lab, "provider">): void {
  requireOwnMachines(lab, {
    action: "do labs on this cluster, for they clear all containers, networks and files of its machines",
    remedy: "Do labs on machines that swarmlab makes: mkdir labs && cd labs && swarmlab init && swarmlab up",
  });
}
