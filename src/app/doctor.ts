import type { Context } from "../context.ts";
import { FailureError, type Problem } from "../failure.ts";
import { chooseProvider } from "../machine/choose-provider.ts";
import { describeFailure } from "../ui/describe-failure.ts";
import { Connections } from "./connections.ts";
import { examineCluster, setClocks, type Examination } from "./examine-cluster.ts";
import { type AskedCluster, inspectLab, patientContext, readCluster, type LabOptions } from "./open-lab.ts";
import { up } from "./up.ts";

export interface DoctorOptions extends LabOptions {
  /** Repair what can be repaired without losing anything. */
  readonly fix: boolean;
}

export interface DoctorReport {
  readonly schemaVersion: 1;
  /** The provider that `up` would take. */
  readonly chosen: string;
  /** Neither the chosen provider nor the cluster has an error. */
  readonly healthy: boolean;
  readonly providers: readonly { readonly name: string; readonly problems: readonly Problem[] }[];
  /** Null: no machine runs, or looking needs root. */
  readonly cluster: {
    readonly name: string;
    /** Names of those that were looked at. */
    readonly machines: readonly string[];
    readonly problems: readonly Problem[];
  } | null;
}

/** What stands in the way on this host, for each provider, and what is wrong with the machines that run. Looks only, unless it is to fix. */
export async function doctor(context: Context, options: DoctorOptions): Promise<DoctorReport> {
  const asked = await readCluster(context, options);
  const { cluster } = asked;
  const known = await context.providers();
  const { provider } = await chooseProvider(cluster, known, context.host.isRoot);
  // Machines of others are not connected to unless they are asked for.
  const all = known.filter((each) => each.capabilities.ownsMachines || each === provider);
  const mayLook = context.host.isRoot || !provider.capabilities.needsRoot;
  const providers = await Promise.all(
    all.map(async (candidate) => ({
      name: candidate.name,
      problems: await candidate.preflight(cluster).catch((error: unknown) => [findingOf(context, error)]),
    })),
  );
  const seen = mayLook ? await examineRunning(context, asked, options) : undefined;
  const own = [...(providers[all.indexOf(provider)]?.problems ?? []), ...(seen?.problems ?? [])];
  return {
    schemaVersion: 1,
    chosen: provider.name,
    healthy: own.every(({ severity }) => severity !== "error"),
    providers,
    cluster:
      seen === undefined
        ? null
        : { name: cluster.name, machines: seen.machines.map(({ name }) => name), problems: seen.problems },
  };
}

/** Undefined: no machine runs. Without machines, where they cannot be looked at. */
async function examineRunning(
  usual: Context,
  asked: AskedCluster,
  options: DoctorOptions,
): Promise<Examination | undefined> {
  const opened = await inspectLab(usual, asked, ["look at the machines"]).catch((error: unknown) =>
    findingOf(usual, error),
  );
  if ("severity" in opened) return { machines: [], problems: [opened] };
  const { lab } = opened;
  if (![...lab.machines.values()].some(({ state }) => state === "running")) return undefined;
  const context = patientContext(usual, lab);
  await using connections = new Connections(context);
  const work = { context, lab, connections };
  const found = await examineCluster(work);
  if (!options.fix || found.problems.length === 0) return found;
  if (lab.provider.capabilities.ownsMachines) await setClocks(work, found.machines);
  if (found.problems.some(({ remedy }) => remedy === "swarmlab up"))
    await up(usual, {
      ...options,
      unasked: "keep",
      setup: false,
      dryRun: false,
      force: false,
      recreate: false,
      maxWorkers: 32,
    });
  return await examineCluster(work);
}

/** What an expected failure says, so that the other findings are told too. */
function findingOf({ signal }: Context, error: unknown): Problem {
  if (!(error instanceof FailureError) || signal.aborted) throw error;
  const { next, ...words } = describeFailure(error.failure);
  // The doctor sends nobody to the doctor.
  const [remedy = "Cure first what stands in the way of its provider."] = next.filter(
    (step) => !step.startsWith("swarmlab doctor"),
  );
  return { severity: "error", ...words, remedy };
}
