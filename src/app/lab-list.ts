import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import type { Feature } from "../labs/check-kind.ts";
import type { LabDefinition } from "../labs/lab-definition.ts";
import { type Progress, progressOf } from "../labs/progress.ts";
import { Connections } from "./connections.ts";
import { readCatalog } from "./lab-catalog.ts";
import { featureFinder } from "./lab-features.ts";
import { unfitMachines, unfitSettings, whatIsMissing } from "./lab-needs.ts";
import { currentLab, readProgress } from "./lab-progress.ts";
import { type AskedCluster, inspectLab, readCluster, type Lab, type LabOptions } from "./open-lab.ts";

/** What `lab list --json` prints. */
export interface LabList {
  readonly schemaVersion: 1;
  readonly labs: readonly ListedLab[];
  /** Id of the lab to go on with; null: all are done. */
  readonly next: string | null;
}

export interface ListedLab {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly level: string;
  /** `changed`: done, and the lab has changed since. */
  readonly state: "done" | "changed" | "under way" | "open";
  /** Why this cluster cannot run it; empty: it can, or that is not known while its machines do not run. */
  readonly cannotRun: readonly string[];
}

/** All labs: which are done, which is next, and which this cluster cannot run. */
export async function labList(context: Context, options: LabOptions): Promise<LabList> {
  const catalog = await readCatalog(context);
  const asked = await readCluster(context, options);
  const progress = await readProgress(asked.directory);
  const running = await openIfPossible(context, asked);
  await using connections = new Connections(context);
  const lacking = running ? featureFinder(running, connections) : () => Promise.resolve([]);
  const { cluster } = running ?? asked;
  const current = currentLab(catalog, progress);
  const labs = await Promise.all(
    catalog.map(async (lab) => ({
      ...describe(lab),
      state: stateOf({ lab, progress, current }),
      cannotRun: await obstacles({ lab, cluster, lacking }),
    })),
  );
  return { schemaVersion: 1, labs, next: nextOf(labs)?.id ?? null };
}

/** Looking needs root with some providers; the list is worth having without. */
async function openIfPossible(context: Context, asked: AskedCluster): Promise<Lab | undefined> {
  try {
    return (await inspectLab(context, asked, ["look at the machines"])).lab;
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === "needs-root") return undefined;
    throw error;
  }
}

function describe({ id, number, title, summary, minutes, level }: LabDefinition) {
  return { id, number, title, summary, minutes, level };
}

/** Done, under way or open, and whether the content is still the one that was done. */
export function stateOf(its: {
  readonly lab: LabDefinition;
  readonly progress: Progress;
  readonly current: LabDefinition | undefined;
}): ListedLab["state"] {
  const { lab, progress, current } = its;
  const known = progressOf(progress, lab);
  if (known !== undefined && known.doneAt !== null) return known.hash === lab.hash ? "done" : "changed";
  return current === lab ? "under way" : "open";
}

async function obstacles(its: {
  readonly lab: LabDefinition;
  readonly cluster: Lab["cluster"];
  readonly lacking: (feature: Feature) => Promise<readonly string[]>;
}): Promise<readonly string[]> {
  const machines = unfitMachines(its.lab, its.cluster.machines);
  return [
    ...(machines === undefined ? [] : [`needs ${machines}`]),
    ...unfitSettings(its.lab, its.cluster).map(({ what, remedy }) => `${what} (${remedy})`),
    ...(await whatIsMissing(its.lab, its.lacking)),
  ];
}

function nextOf(labs: readonly ListedLab[]): ListedLab | undefined {
  return (
    labs.find(({ state }) => state === "under way") ??
    labs.find(({ state, cannotRun }) => state === "open" && cannotRun.length === 0)
  );
}
