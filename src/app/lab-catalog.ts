import { join } from "node:path";
import { closest } from "../cluster/closest.ts";
import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { loadLabs } from "../labs/load-labs.ts";

/** Every lab there is, in order. @throws FailureError `config` where one cannot be read. */
export async function readCatalog(context: Context): Promise<readonly LabDefinition[]> {
  const { labs, problems } = await loadLabs(labsDirectory(context));
  if (problems.length > 0) throw new FailureError({ kind: "config", problems });
  return labs;
}

export const labsDirectory = ({ host }: Context): string => join(host.packageDirectory, "labs");

/** The lab that a word names: its number (`1`, `01`), its id, or both (`01-first`). @throws FailureError `usage`. */
export function findLab(labs: readonly LabDefinition[], word: string): LabDefinition {
  const lab = labs.find(
    ({ number, id }) => [number, id, `${number}-${id}`].includes(word) || Number(word) === Number(number),
  );
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
