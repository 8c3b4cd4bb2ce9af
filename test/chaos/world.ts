/** What should be there. */
export interface World {
  /** Asked for by swarmlab.yaml. */
  readonly managers: number;
  readonly workers: number;
  /** By machine; of one that is not in it nothing was ever made. */
  readonly states: Readonly<Record<string, MachineState>>;
  /** Whether something may be broken on purpose that `up` leaves as it is. */
  readonly hasFaults: boolean;
}

/** `unsure`: what was done to it was broken off. */
export type MachineState = "absent" | "running" | "stopped" | "unsure";

/** The machines that swarmlab.yaml asks for, by what they are. */
export function rolesOf({ managers, workers }: Pick<World, "managers" | "workers">) {
  const numbers = (count: number): readonly number[] =>
    Array.from({ length: count }, (_, index) => index + 1);
  return new Map([
    ...numbers(managers).map((number) => [`manager${number === 1 ? "" : number}`, "manager"] as const),
    ...numbers(workers).map((number) => [`node${number}`, "worker"] as const),
  ]);
}

export function newWorld(counts: Pick<World, "managers" | "workers">): World {
  return { ...counts, states: {}, hasFaults: false };
}

/** With each of its machines, those that are still to be made included, in the state that `change` makes of the one it has. */
export function withStates(world: World, change: (state: MachineState) => MachineState): World {
  const names = new Set([...rolesOf(world).keys(), ...Object.keys(world.states)]);
  const states = Object.fromEntries([...names].map((name) => [name, change(world.states[name] ?? "absent")]));
  return { ...world, states };
}

export function namesIn({ states }: World, wanted: MachineState): readonly string[] {
  return Object.keys(states).filter((name) => states[name] === wanted);
}
