import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { chooseProvider } from "../machine/choose-provider.ts";
import type { Provider } from "../machine/provider.ts";
import { observeCluster, readCluster, type LabOptions } from "./open-lab.ts";

/** A Vagrantfile, and for which provider. */
export interface Rendering {
  readonly schemaVersion: 1;
  readonly provider: string;
  readonly vagrantfile: string;
}

/**
 * The Vagrantfile that `up` would write for this cluster on this host. Where `auto` would take a provider without one, it is the first that
 * has one. Changes nothing.
 * @throws FailureError `usage` for a provider that has none.
 */
export async function render(context: Context, options: LabOptions): Promise<Rendering> {
  const { cluster: asked } = await readCluster(context, options);
  const providers = await context.providers();
  const able = providers.filter((candidate) => candidate.render !== undefined);
  const { provider: chosen } = await chooseProvider(asked, providers, context.host.isRoot);
  const provider = asked.provider === "auto" && !able.includes(chosen) ? (able[0] ?? chosen) : chosen;
  const { cluster } = await observeCluster(provider, asked);
  const vagrantfile = await provider.render?.(cluster);
  if (vagrantfile === undefined) throw noVagrantfile(provider.name, able);
  return { schemaVersion: 1, provider: provider.name, vagrantfile };
}

function noVagrantfile(provider: string, able: readonly Provider[]): FailureError {
  return new FailureError({
    kind: "usage",
    message: `the machines of ${provider} are made without Vagrant, so there is no Vagrantfile`,
    remedy: `swarmlab render --provider ${able.map(({ name }) => name).join("|")}`,
  });
}
