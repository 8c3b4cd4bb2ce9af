import type { Context } from "../context.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { progressOf } from "../labs/progress.ts";
import { fill, type Variables } from "../labs/variables.ts";
import { readCatalog } from "./lab-catalog.ts";
import { chosenLab, readProgress } from "./lab-progress.ts";
import { attemptVariables } from "./lab-session.ts";
import { openLab, readCluster, type LabOptions } from "./open-lab.ts";

/** A lab to be read: variables are filled in, as far as it has an attempt. */
export type ShownLab = Pick<LabDefinition, "id" | "number" | "title" | "minutes" | "text" | "tasks">;

/** The text of a lab, or of the one under way. */
export async function labShow(
  context: Context,
  options: LabOptions & { readonly id?: string },
): Promise<ShownLab> {
  const { directory } = await readCluster(context, options);
  const progress = await readProgress(directory);
  const labs = await readCatalog(context, [options.id ?? progress.current]);
  const lab = chosenLab(labs, progress, options.id);
  const attempt = progressOf(progress, lab)?.attempt;
  if (!attempt) return lab;
  const cluster = await openLab(context, options, ["look at the machines' addresses"]);
  return filled(lab, attemptVariables(cluster, attempt));
}

/** The lab with the variables in its text filled in. */
export function filled(lab: LabDefinition, variables: Variables): LabDefinition {
  return { ...lab, text: fill(lab.text, variables) };
}
