import { FailureError, type Failure } from "../failure.ts";
import type { LeafStep } from "../steps.ts";
import type { Lab } from "./open-lab.ts";

/** Machines that cannot be brought back as they are, and why. */
export type BeyondRepair = Map<string, Failure>;

/**
 * A step on a machine. Where a machine of this program's own that was there before cannot be brought back, that is noted in `found`, and its
 * further steps do nothing.
 * @throws FailureError `beyond-repair` where nothing is to be noted
 */
export function guardStep(
  step: LeafStep,
  its: { readonly lab: Lab; readonly name: string; readonly found: BeyondRepair | undefined },
): LeafStep {
  const { lab, name, found } = its;
  return {
    ...step,
    run: async (progress) => {
      if (found?.has(name)) return "left alone; it is made anew";
      try {
        return await step.run(progress);
      } catch (error) {
        if (!(error instanceof FailureError) || progress.signal.aborted) throw error;
        const { failure } = error;
        if (!isBeyondRepair(lab, name, failure)) throw error;
        if (found === undefined)
          throw new FailureError({ kind: "beyond-repair", machine: name, failure }, { cause: error });
        found.set(name, failure);
        return `cannot be brought back: ${failure.kind}`;
      }
    },
  };
}

/** Whether only a new machine of this name helps against a failure on it. */
export function isBeyondRepair(lab: Lab, name: string, failure: Failure): boolean {
  if (!mayBeRecreated(lab, name)) return false;
  return lab.machines.get(name)?.beyondCreate === true || isMachinesOwn(failure);
}

/** Machines of others never are; and what was not there yet, or is not finished, is made by the next attempt. */
function mayBeRecreated({ machines, provider }: Lab, name: string): boolean {
  const state = machines.get(name)?.state ?? "absent";
  return provider.capabilities.ownsMachines && state !== "absent" && state !== "creating";
}

/** Whether the machine itself stands in the way, and not this computer, the configuration, or whoever gave up. */
function isMachinesOwn(failure: Failure): boolean {
  switch (failure.kind) {
    case "unreachable":
    case "host-key":
    case "machine-died":
    case "process":
    case "vagrant":
    case "remote-command":
    case "timeout":
      return true;
    case "prerequisite":
      return failure.noEngine === true;
    // With the configuration from before it works.
    case "daemon":
      return !failure.restored;
    default:
      return false;
  }
}
