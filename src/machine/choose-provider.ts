import type { Cluster } from "../cluster/cluster.ts";
import { FailureError, type Problem } from "../failure.ts";
import type { Inspection, Provider } from "./provider.ts";

/** A provider that `auto` did not take, and what stands in its way. */
export interface Refusal {
  readonly provider: string;
  readonly problems: readonly Problem[];
}

/** `refused` is empty where nothing had to be looked for. */
export interface Choice {
  readonly provider: Provider;
  readonly refused: readonly Refusal[];
  /** What it was seen to have, where that is why it was chosen. */
  readonly seen?: Inspection;
}

/**
 * The provider that the cluster names; for `auto` the one that has machines of it already, else the first healthy one.
 * When none is healthy, the one that `setup` can bring, else the first: its problems are the ones to solve.
 * A provider that needs root is not asked for its machines without it, and one whose machines are not its own is never asked.
 * The embedded one is asked before all others: it starts no program for that.
 */
export async function chooseProvider(
  cluster: Cluster,
  providers: readonly Provider[],
  isRoot: boolean,
): Promise<Choice> {
  if (cluster.provider !== "auto") return { provider: named(cluster.provider, providers), refused: [] };
  const owners = providers.filter(({ capabilities }) => capabilities.ownsMachines);
  return (await withMachines(cluster, owners, isRoot)) ?? firstHealthy(cluster, owners);
}

async function withMachines(
  cluster: Cluster,
  providers: readonly Provider[],
  isRoot: boolean,
): Promise<Choice | undefined> {
  const asked = providers.filter(({ capabilities }) => isRoot || !capabilities.needsRoot);
  for (const embedded of [true, false]) {
    const group = asked.filter(({ capabilities }) => capabilities.embedded === embedded);
    const looks = await Promise.all(group.map((provider) => look(provider, cluster)));
    const inUse =
      looks.find(({ seen }) => seen !== undefined && seen.machines.length > 0) ??
      looks.find(({ seen }) => seen === undefined);
    if (inUse !== undefined) return inUse;
  }
  return undefined;
}

/** Nothing is seen where there are machines that cannot be looked at: whoever needs them hears why. */
async function look(provider: Provider, cluster: Cluster): Promise<Choice> {
  try {
    return { provider, seen: await provider.inspect(cluster), refused: [] };
  } catch (error) {
    if (error instanceof FailureError) return { provider, refused: [] };
    throw error;
  }
}

async function firstHealthy(cluster: Cluster, providers: readonly Provider[]): Promise<Choice> {
  const refused: Refusal[] = [];
  for (const provider of providers) {
    const problems = (await provider.preflight(cluster)).filter(({ severity }) => severity === "error");
    if (problems.length === 0) return { provider, refused };
    refused.push({ provider: provider.name, problems });
  }
  const provider = providers.find(({ capabilities }) => capabilities.embedded) ?? providers[0];
  if (provider === undefined) throw new Error("no providers");
  return { provider, refused: refused.filter((refusal) => refusal.provider !== provider.name) };
}

/** Why `auto` did not take the earlier ones: the first thing in the way of each, one line for each such reason. */
export function formatRefusals(refused: readonly Refusal[]): readonly string[] {
  const byReason = new Map<string, readonly string[]>();
  for (const { provider, problems } of refused) {
    const reason = problems[0]?.what ?? "";
    byReason.set(reason, [...(byReason.get(reason) ?? []), provider]);
  }
  return [...byReason].map(([reason, names]) => `Not ${names.join(", ")}: ${reason}.`);
}

function named(name: string, providers: readonly Provider[]): Provider {
  const provider = providers.find((candidate) => candidate.name === name);
  if (provider !== undefined) return provider;
  throw new FailureError({
    kind: "usage",
    message: `there is no provider ${name} in this version`,
    remedy: `Providers: auto, ${providers.map((candidate) => candidate.name).join(", ")}.`,
  });
}
