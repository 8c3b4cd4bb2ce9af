import type { Context } from "../context.ts";
import { progressOf } from "../labs/progress.ts";
import { readCatalog } from "./lab-catalog.ts";
import { stateOf, type ListedLab } from "./lab-list.ts";
import { currentLab, readProgress } from "./lab-progress.ts";
import { readCluster, type LabOptions } from "./open-lab.ts";

/** What `lab status --json` prints. */
export interface LabStatus {
  readonly schemaVersion: 1;
  readonly done: number;
  readonly total: number;
  readonly labs: readonly {
    readonly id: string;
    readonly number: string;
    readonly title: string;
    readonly state: ListedLab["state"];
    /** ISO 8601. */
    readonly doneAt: string | null;
    readonly startedAt: string | null;
    /** In the last attempt. */
    readonly hints: number;
    readonly solved: number;
  }[];
  /** Ids with progress that no lab has any more. */
  readonly unknown: readonly string[];
}

/** The learner's progress over all labs, by what is kept; no machine is asked. */
export async function labStatus(context: Context, options: LabOptions): Promise<LabStatus> {
  const catalog = await readCatalog(context);
  const { directory } = await readCluster(context, options);
  const progress = await readProgress(directory);
  const current = currentLab(catalog, progress);
  const labs = catalog.map((lab) => {
    const known = progressOf(progress, lab);
    const { id, number, title } = lab;
    const hints = Object.values(known?.attempt?.hints ?? {}).reduce((sum, count) => sum + count, 0);
    return {
      ...{ id, number, title, state: stateOf({ lab, progress, current }) },
      ...{ doneAt: known?.doneAt ?? null, startedAt: known?.attempt?.startedAt ?? null },
      ...{ hints, solved: known?.attempt?.solved.length ?? 0 },
    };
  });
  const unknown = Object.entries(progress.labs)
    .filter(([id, { hash }]) => !catalog.some((lab) => lab.id === id || lab.hash === hash))
    .map(([id]) => id);
  const done = labs.filter(({ state }) => state === "done" || state === "changed").length;
  return { schemaVersion: 1, done, total: labs.length, labs, unknown };
}
