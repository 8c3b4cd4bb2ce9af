import type { Cluster } from "../cluster/cluster.ts";
import { FailureError, type Problem } from "../failure.ts";
import type { Provider } from "./provider.ts";

/** A provider that `auto` did not take, and what stands in its way. */
export interface Refusal {
  readonly provider: string;
  readonly problems: readonly Problem[];
}

/**
 * The provider that the cluster names; for `auto` the one that has machines of it already, else the first healthy one.
 * When none is healthy the first is returned: its problems are the ones to solve.
 */
export async function chooseProvider(
  cluster: Cluster,
  providers: readonly Provider[],
): Promise<{ readonly provider: Provider; readonly refused: readonly Refusal[] }> {
  const [first] = providers;
  if (first === undefined) throw new Error("no providers");
  if (cluster.provider !== "auto") return { provider: named(cluster.provider, providers), refused: [] };
  if (providers.length === 1) return { provider: first, refused: [] };
  for (const provider of providers) {
    if ((await provider.inspect(cluster)).machines.length > 0) return { provider, refused: [] };
  }
  const refused: Refusal[] = [];
  for (const provider of providers) {
    const problems = (await provider.preflight(cluster)).filter(({ severity }) => severity === "error");
    if (problems.length === 0) return { provider, refused };
    refused.push({ provider: provider.name, problems });
  }
  return { provider: first, refused };
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
