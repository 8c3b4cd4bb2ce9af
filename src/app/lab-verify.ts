import type { Context } from "../context.ts";
import type { Problem } from "../failure.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { lintLab } from "../labs/lint-lab.ts";
import { loadLabs } from "../labs/load-labs.ts";
import { findLab, labsDirectory } from "./lab-catalog.ts";

/** What `lab verify --json` prints. */
export interface LabVerification {
  readonly schemaVersion: 1;
  readonly labs: readonly {
    readonly id: string;
    readonly number: string;
    readonly tasks: number;
    readonly checks: number;
    readonly mutants: number;
    readonly commands: number;
    readonly questions: number;
  }[];
  readonly problems: readonly Problem[];
}

/** Whether the parts of each lab fit together. No machine is asked. */
export async function labVerify(
  context: Context,
  { id }: { readonly id?: string },
): Promise<LabVerification> {
  const loaded = await loadLabs(labsDirectory(context));
  const labs = id === undefined || loaded.problems.length > 0 ? loaded.labs : [findLab(loaded.labs, id)];
  return {
    schemaVersion: 1,
    labs: labs.map(countsOf),
    problems: [...loaded.problems, ...labs.flatMap(lintLab)],
  };
}

function countsOf({ id, number, tasks, mutants, text, quiz }: LabDefinition) {
  return {
    id,
    number,
    tasks: tasks.length,
    checks: tasks.flatMap(({ checks }) => checks).length,
    mutants: mutants.length,
    commands: text.sections.flatMap(({ commands }) => commands).length,
    questions: quiz.length,
  };
}
