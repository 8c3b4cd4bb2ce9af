import { listOf, matching, onOff, oneOf, type Schema, text, wholeNumber } from "../cluster/values.ts";
import type { Look } from "./look.ts";
import type { World } from "./world.ts";

/** One kind of check: what it may say in `lab.yaml`, and how it looks. */
export interface CheckKind<Values extends CheckHead> {
  readonly schema: Schema<Values>;
  /** Names that the learner has to know from the text. */
  names(values: Values): readonly string[];
  /** Machines that must be there. */
  machines(values: Values): readonly string[];
  /** One look. Variables are filled in. @throws FailureError where the world cannot be asked. */
  look(values: Values, world: World): Promise<Look>;
}

/** What every check may say. */
export interface CheckHead {
  readonly kind: string;
  readonly id: string;
  /** What must be true, as a sentence without a full stop. */
  readonly title: string;
  /** Seconds that something on its way may take. */
  readonly deadline: number;
  /** Looks in a row, half a second apart, that must see it. */
  readonly stable: number;
  /** Seen once in an attempt, it stays passed: for what a later task undoes. */
  readonly once: boolean;
  /** Ids of checks that must pass as well: what this one says means nothing without them. */
  readonly after: readonly string[];
  readonly needs: readonly Feature[];
}

/** What a machine's kernel or network may lack. */
export const features = ["ip_vs", "esp", "internet"] as const;
export type Feature = (typeof features)[number];

/** Pattern of the ids of labs, tasks, checks and questions. */
export const idPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const id = () => matching(idPattern, "words of a-z and 0-9 with dashes between them");

/** The keys that every check may have. */
export const checkHead = <const Kind extends string>(
  kind: Kind,
  usual: { readonly deadline?: number; readonly stable?: number } = {},
) => ({
  kind: oneOf(kind),
  id: id(),
  title: text(),
  deadline: wholeNumber(0, 120).default(usual.deadline ?? 15),
  stable: wholeNumber(1, 10).default(usual.stable ?? 1),
  once: onOff().default(false),
  after: listOf(id(), "a list of checks").default([]),
  needs: listOf(oneOf(...features), "a list of features").default([]),
});

export const machineName = () =>
  matching(/^(manager|node)[0-9]*$/, "the name of a machine, such as manager or node1");
