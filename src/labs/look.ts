/** What one look at the world says about a check. */
export type Look =
  | { readonly state: "pass" }
  /** `converging`: not yet, and something is on its way that may change it. `where`: a command that shows it. */
  | ({ readonly state: "fail" | "converging" } & Difference)
  /** It could not be evaluated, through no fault of the learner. */
  | { readonly state: "blocked"; readonly why: string };

/** What was wanted and what was found, each as a phrase. */
export interface Difference {
  readonly expected: string;
  readonly actual: string;
  readonly where: string;
}

export const pass: Look = { state: "pass" };
export const failed = (difference: Difference): Look => ({ state: "fail", ...difference });
export const converging = (difference: Difference): Look => ({ state: "converging", ...difference });
export const blocked = (why: string): Look => ({ state: "blocked", why });

/** The first thing that is not as it should be; `pass` where there is none. */
export function firstUnmet(looks: readonly (Look | undefined)[]): Look {
  return looks.find((look) => look !== undefined && look.state !== "pass") ?? pass;
}
