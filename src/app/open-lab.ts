import { resolve } from "node:path";
import type { Context } from "../context.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { withAddresses, withMachines, withSubnet } from "../cluster/extend.ts";
import { configFileName, loadCluster } from "../cluster/load.ts";
import type { Overrides } from "../cluster/resolve.ts";
import { FailureError } from "../failure.ts";
import { chooseProvider, type Refusal } from "../machine/choose-provider.ts";
import type { Inspection, Machine, Provider } from "../machine/provider.ts";
import { findUpwards } from "../state/lab-files.ts";
import { withPatience } from "../system/clock.ts";
import { readText } from "../system/files.ts";

/** Which lab: what the global and the cluster's own flags say. */
export interface LabOptions extends Overrides {
  /** `--dir`; undefined: the nearest parent with a `swarmlab.yaml`, else the working directory. */
  readonly directory?: string;
}

/** A cluster as asked for and as it is. */
export interface Lab {
  readonly directory: string;
  /** Settled: with the subnet it has or will get, and with machines that exist without being asked for. */
  readonly cluster: Cluster;
  readonly provider: Provider;
  /** By name, in the cluster's order; absent ones included. */
  readonly machines: ReadonlyMap<string, Machine>;
  /** Names of machines that exist and that neither `swarmlab.yaml` nor a flag asks for; none where nobody has said how many there shall be. */
  readonly unasked: readonly string[];
  /** Factor for the limits of waits for its machines. */
  readonly patience: number;
}

/** What is asked for, and from where. */
export interface AskedCluster {
  readonly directory: string;
  readonly cluster: Cluster;
  /** Somebody has said how many machines there shall be, in a file or by a flag: it is not the default cluster. */
  readonly isCounted: boolean;
}

/** Where the lab is, whatever its `swarmlab.yaml` says. */
export async function findLabDirectory(
  { host }: Pick<Context, "host">,
  { directory }: LabOptions,
): Promise<string> {
  const from = host.workingDirectory;
  if (directory !== undefined) return resolve(from, directory);
  return (await findUpwards(from, configFileName)) ?? from;
}

/** Reads `swarmlab.yaml` and nothing else; says its warnings. */
export async function readCluster(context: Context, options: LabOptions): Promise<AskedCluster> {
  const directory = await findLabDirectory(context, options);
  const { provider, managers, workers } = options;
  const { cluster, warnings } = await loadCluster({
    directory,
    readText,
    overrides: { provider, managers, workers },
  });
  for (const { where, what, why, remedy } of warnings) {
    const text = [`${where === undefined ? "" : `${where}: `}${what}.`, why, remedy]
      .filter(Boolean)
      .join("\n");
    context.emit({ type: "note", level: "warning", text });
  }
  const isCounted = cluster.owner !== undefined || managers !== undefined || workers !== undefined;
  return { directory, cluster, isCounted };
}

/**
 * Reads the configuration, chooses the provider and looks at what is there. Changes nothing.
 * @throws FailureError `needs-root`, with `tasks` as the reason.
 */
export async function openLab(context: Context, options: LabOptions, tasks: readonly string[]): Promise<Lab> {
  return (await inspectLab(context, await readCluster(context, options), tasks)).lab;
}

/** As `openLab`, with the configuration read already; tells too which providers `auto` refused. */
export async function inspectLab(
  context: Context,
  { directory, cluster: asked, isCounted }: AskedCluster,
  tasks: readonly string[],
): Promise<{ readonly lab: Lab; readonly refused: readonly Refusal[] }> {
  const choice = await chooseProvider(asked, await context.providers(), context.host.isRoot);
  const { provider, refused } = choice;
  requireRoot(context, provider, tasks);
  const cluster = { ...asked, provider: provider.name };
  const observed = await observeCluster(provider, cluster, choice.seen);
  const wanted = new Set(asked.machines.map(({ name }) => name));
  const unasked = isCounted ? [...observed.machines.keys()].filter((name) => !wanted.has(name)) : [];
  return { lab: { directory, provider, unasked, ...observed }, refused };
}

/** The same context, in which waits for this lab's machines are as long as those may take. */
export const patientContext = (context: Context, { patience }: Lab): Context => ({
  ...context,
  clock: withPatience(context.clock, patience),
});

/** The lab looked at again, after something was changed. */
export async function reopenLab(lab: Lab): Promise<Lab> {
  return { ...lab, ...(await observeCluster(lab.provider, lab.cluster)) };
}

function requireRoot(context: Context, provider: Provider, tasks: readonly string[]): void {
  if (!provider.capabilities.needsRoot || context.host.isRoot) return;
  throw new FailureError({ kind: "needs-root", tasks, command: context.host.sudoCommand });
}

/** The cluster with the subnet and the machines that it really has, and how long those may take. `justSeen`: what the provider has told of it just now. */
export async function observeCluster(
  provider: Provider,
  asked: Cluster,
  justSeen?: Inspection,
): Promise<Pick<Lab, "cluster" | "machines" | "patience">> {
  const seen = justSeen ?? (await provider.inspect(asked));
  const cluster = withAddresses(
    withMachines(
      seen.subnet === undefined ? asked : withSubnet(asked, seen.subnet),
      seen.machines.map(({ name }) => name),
    ),
    new Map(seen.machines.map(({ name, address }) => [name, address])),
  );
  const found = new Map(seen.machines.map((machine) => [machine.name, machine]));
  const machines = cluster.machines.map(
    ({ name }) => [name, found.get(name) ?? { name, state: "absent" as const }] as const,
  );
  return { cluster, machines: new Map(machines), patience: seen.patience ?? 1 };
}
