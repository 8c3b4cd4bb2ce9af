import { fail, ok, type Result } from "../failure.ts";
import { closest } from "./closest.ts";
import type { MachineSpec } from "./cluster.ts";

/**
 * The machines a filter names, in their own order: names, `managers`, `workers`, `all` and globs with `*`, separated by commas.
 * A part that fits no machine fails as `unknown-machine`.
 */
export function selectMachines(
  machines: readonly MachineSpec[],
  filter: string,
): Result<readonly MachineSpec[]> {
  const parts = filter.split(",").map((part) => part.trim());
  const unknown = parts.find((part) => !machines.some((machine) => matches(machine, part)));
  if (unknown !== undefined) return fail(unknownMachine(machines, unknown));
  return ok(machines.filter((machine) => parts.some((part) => matches(machine, part))));
}

function matches({ name, role }: MachineSpec, part: string): boolean {
  return (
    part === "all" || part === `${role}s` || (part.includes("*") ? matchesGlob(name, part) : part === name)
  );
}

function matchesGlob(name: string, glob: string): boolean {
  const pattern = glob.split(/\*+/).map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`).test(name);
}

function unknownMachine(machines: readonly MachineSpec[], name: string) {
  const known = machines.map((machine) => machine.name);
  const suggestion = closest(name, [...known, "managers", "workers", "all"]);
  // A word that is right but fits no machine (`workers` of a cluster without any) is no suggestion for itself.
  return {
    kind: "unknown-machine",
    name,
    known,
    ...(suggestion !== undefined && suggestion !== name && { suggestion }),
  } as const;
}
