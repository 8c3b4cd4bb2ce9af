import { Random } from "../support/random.ts";
import { operations, type ChaosStep } from "./operations.ts";
import { newWorld, type World } from "./world.ts";

/** What happens to one cluster from its beginning on. */
export interface Sequence {
  readonly seed: number;
  readonly begin: World;
  readonly steps: readonly SequenceStep[];
}

/** `operation`: the row of the table that it comes from. */
type SequenceStep = ChaosStep & { readonly operation: string };

/** Those of `npm test`: together they have nearly every operation. */
export const shortRun = { seed: 3526, count: 3 } as const;

const mostSteps = 8;
/** Managers and workers. Three managers can lose their majority, and one its only leader. */
const beginnings = [
  [1, 0],
  [1, 1],
  [1, 2],
  [2, 0],
  [3, 0],
  [3, 1],
] as const;

/** The same for the same seed. */
export function sequenceOf(seed: number): Sequence {
  const random = new Random(seed);
  const [managers, workers] = random.pick(beginnings);
  const begin = newWorld({ managers, workers });
  const steps: SequenceStep[] = [];
  for (let left = 2 + random.below(mostSteps - 1); left > 0; left--) {
    steps.push(nextStep(steps.at(-1)?.world ?? begin, random));
  }
  return { seed, begin, steps };
}

function nextStep(world: World, random: Random): SequenceStep {
  for (;;) {
    const { name, plan } = weighted(random);
    const step = plan(world, random);
    if (step !== undefined) return { ...step, operation: name };
  }
}

function weighted(random: Random) {
  return random.pick(
    operations.flatMap((operation) => Array.from({ length: operation.weight }, () => operation)),
  );
}

/** Up to this number of steps, as they were done. */
export function formatSequence({ seed, begin, steps }: Sequence, count: number): string {
  const lines = steps.slice(0, count).map(({ title }, index) => `  ${index + 1}. ${title}`);
  const head = `sequence ${seed}, a cluster of ${begin.managers} managers and ${begin.workers} workers:`;
  return [head, ...lines].join("\n");
}
