/** A step that ran. Times are in milliseconds; starts count from the beginning of the command. */
export interface StepTiming {
  /** The step's id without its machine: `machines/ssh`. */
  readonly kind: string;
  /** Null: it is about no single machine. */
  readonly machine: string | null;
  readonly startMs: number;
  readonly elapsedMs: number;
}

/** Steps of one kind together, or one of the gaps between steps. */
export interface ProfilePart {
  readonly kind: string;
  /** How many steps; 0 of a gap. */
  readonly steps: number;
  /** Of one step; of a gap all of it. */
  readonly longestMs: number;
  /** While everything else was done or waited for this. Over all parts it adds up to the whole time. */
  readonly waitedMs: number;
}

/** Where the time of a command went. */
export interface StepProfile {
  /** Without the start of the program itself. */
  readonly totalMs: number;
  /** In the order of their starts. */
  readonly steps: readonly StepTiming[];
  /** In the order of their first starts, the gaps last. */
  readonly parts: readonly ProfilePart[];
}

/** What the command does outside of steps, such as looking at what is there. */
const gapKinds = {
  before: "(before the first step)",
  between: "(between steps)",
  after: "(after the last step)",
} as const;

/**
 * Sums up by kind. What was waited for is found from the end: the step that ended last, before it the one that ended last when that one
 * started, and so on; what went on beside these steps cost no time.
 */
export function profileOf({ totalMs, steps }: Omit<StepProfile, "parts">): StepProfile {
  const inOrder = steps.toSorted((a, b) => a.startMs - b.startMs);
  const chain = chainOf(inOrder);
  const kinds = new Set(inOrder.map(({ kind }) => kind));
  const parts = [...kinds].map((kind) => partOf(kind, inOrder, chain));
  return { totalMs, steps: inOrder, parts: [...parts, ...gapsOf(chain, totalMs)] };
}

/** The steps that were waited for, the last one first. */
function chainOf(steps: readonly StepTiming[]): readonly StepTiming[] {
  const chain: StepTiming[] = [];
  let startMs = Infinity;
  for (const step of steps.toSorted((a, b) => endOf(b) - endOf(a))) {
    if (endOf(step) > startMs) continue;
    chain.push(step);
    startMs = step.startMs;
  }
  return chain;
}

function partOf(kind: string, steps: readonly StepTiming[], chain: readonly StepTiming[]): ProfilePart {
  const own = steps.filter((step) => step.kind === kind);
  const waited = chain.filter((step) => step.kind === kind);
  return {
    kind,
    steps: own.length,
    longestMs: Math.max(...own.map(({ elapsedMs }) => elapsedMs)),
    waitedMs: sum(waited),
  };
}

function gapsOf(chain: readonly StepTiming[], totalMs: number): readonly ProfilePart[] {
  const [last, first] = [chain[0], chain.at(-1)];
  const beforeMs = first?.startMs ?? totalMs;
  const afterMs = last === undefined ? 0 : totalMs - endOf(last);
  const gaps = { before: beforeMs, between: totalMs - beforeMs - afterMs - sum(chain), after: afterMs };
  return (["before", "between", "after"] as const).map((place) => ({
    kind: gapKinds[place],
    steps: 0,
    longestMs: gaps[place],
    waitedMs: gaps[place],
  }));
}

const endOf = ({ startMs, elapsedMs }: StepTiming): number => startMs + elapsedMs;

const sum = (steps: readonly StepTiming[]): number =>
  steps.reduce((total, { elapsedMs }) => total + elapsedMs, 0);
