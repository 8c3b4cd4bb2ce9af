import { join } from "node:path";
import { closest } from "../cluster/closest.ts";
import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { isNamed, loadLabs } from "../labs/load-labs.ts";

/** Every lab there is, in order; with `words` those that they name, or all as well where one names none. @throws FailureError `config` where one cannot be read. */
export async function readCatalog(
  context: Context,
  words: readonly (string | null | undefined)[] = [],
): Promise<readonly LabDefinition[]> {
  const given = words.filter((word) => typeof word === "string");
  const { labs, problems } = await loadLabs(labsDirectory(context), given);
  if (problems.length > 0) throw new FailureError({ kind: "config", problems });
  return labs;
}

export const labsDirectory = ({ host }: Context): string => join(host.packageDirectory, "labs");

/** The lab that a word names. @throws FailureError `usage`. */
export function findLab(labs: readonly LabDefinition[], word: string): LabDefinition {
  const lab = labs.find((candidate) => isNamed(candidate, word));
  if (lab !== undefined) return lab;
  const suggestion = closest(
    word,
    labs.flatMap(({ id, number }) => [id, `${number}-${id}`]),
  );
  throw new FailureError({
    kind: "usage",
    message: `there is no lab ${word}`,
    remedy: suggestion === undefined ? "swarmlab lab list" : `Did you mean ${suggestion}?`,
  });
}
