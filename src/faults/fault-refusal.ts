import type { Fault, FaultKind } from "./fault.ts";

/** What decides whether machines can be broken in a certain way. */
export interface FaultTerms {
  /** Why faults of a kind cannot be, where the provider says so. */
  readonly impossible: Readonly<Partial<Record<FaultKind, string>>>;
  /** Something outside of the machines breaks and heals them. */
  readonly fromOutside: boolean;
  /** The machines are this program's own. */
  readonly ownsMachines: boolean;
  /** The provider can end a machine at once. */
  readonly canKill: boolean;
  /** TCP ports that machines are healed through. */
  readonly waysIn: readonly number[];
}

/** Why the fault cannot be, as a sentence; undefined: nothing speaks against it yet. */
export function refusalOf(fault: Fault, timed: boolean, terms: FaultTerms): string | undefined {
  const impossible = terms.impossible[fault.kind];
  if (impossible !== undefined) return impossible;
  switch (fault.kind) {
    case "kill":
      if (!terms.canKill) return "The machine is not swarmlab's own: nothing here could switch it on again.";
      return timed && !terms.fromOutside
        ? "A machine that is off cannot heal itself; leave --for out, and end the fault by hand."
        : undefined;
    case "fill-disk":
      return terms.ownsMachines ? undefined : "The machine is not swarmlab's own: others need its disk.";
    case "block":
      return !terms.fromOutside && fault.protocols.includes("tcp") && terms.waysIn.includes(fault.port)
        ? `TCP port ${fault.port} is the way in by which the machine is healed.`
        : undefined;
    default:
      return undefined;
  }
}
