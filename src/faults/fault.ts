/** What can be broken on purpose; the names are part of the command line. */
export const faultKinds = [
  "kill",
  "stop",
  "pause",
  "partition",
  "isolate",
  "block",
  "slow",
  "fill-disk",
  "skew-clock",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Kinds that befall one machine and need no more to be said. */
export const plainKinds = ["kill", "stop", "pause", "isolate", "fill-disk"] as const;
export type PlainKind = (typeof plainKinds)[number];

export type Protocol = "tcp" | "udp";

/** Something broken on purpose; machines by name. */
export type Fault =
  | { readonly kind: PlainKind; readonly machine: string }
  /** Machines of different groups do not reach each other; two groups at least, none of them empty. */
  | { readonly kind: "partition"; readonly groups: readonly (readonly string[])[] }
  /** Nothing comes to this port of the machines, and they reach it nowhere. */
  | {
      readonly kind: "block";
      readonly port: number;
      readonly protocols: readonly Protocol[];
      readonly machines: readonly string[];
    }
  /** What the machines send to the others comes late, or at a limited rate, or both. */
  | {
      readonly kind: "slow";
      readonly delayMs: number | null;
      readonly rateKbit: number | null;
      readonly machines: readonly string[];
    }
  /** Below 0: the clock is behind. */
  | { readonly kind: "skew-clock"; readonly machine: string; readonly bySeconds: number };

/** The machines that the fault is done to, each once. */
export function machinesOf(fault: Fault): readonly string[] {
  if ("machine" in fault) return [fault.machine];
  return "groups" in fault ? fault.groups.flat() : fault.machines;
}

/** Faults of the links between machines, which a machine can be healed of whatever its state. */
export function isOfLinks({ kind }: Fault): boolean {
  return ["partition", "isolate", "block", "slow"].includes(kind);
}
