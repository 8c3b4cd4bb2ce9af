import type { CheckHead, CheckKind } from "./check-kind.ts";
import type { Look } from "./look.ts";
import { fill, type Variables } from "./variables.ts";
import type { World } from "./world.ts";

/** A check as a lab has it, of whatever kind. */
export interface Check extends CheckHead {
  readonly names: readonly string[];
  readonly machines: readonly string[];
  /** Every text in it, for variables. */
  readonly values: unknown;
  /** One look, with the variables of the attempt filled in. */
  look(world: World, variables: Variables): Promise<Look>;
}

export function checkOf<Values extends CheckHead>(kind: CheckKind<Values>, values: Values): Check {
  const { kind: kindName, id, title, deadline, stable, once, after, needs } = values;
  return {
    kind: kindName,
    id,
    title,
    deadline,
    stable,
    once,
    after,
    needs,
    names: kind.names(values),
    machines: kind.machines(values),
    values,
    look: (world, variables) => kind.look(fill(values, variables), world),
  };
}
