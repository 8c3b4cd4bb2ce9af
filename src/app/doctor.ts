import type { Context } from "../context.ts";
import type { Problem } from "../failure.ts";
import { chooseProvider } from "../machine/choose-provider.ts";
import { readCluster, type LabOptions } from "./open-lab.ts";

export interface DoctorReport {
  readonly schemaVersion: 1;
  /** The provider that `up` would take. */
  readonly chosen: string;
  /** The chosen provider has no error. */
  readonly healthy: boolean;
  readonly providers: readonly { readonly name: string; readonly problems: readonly Problem[] }[];
}

/** What stands in the way on this host, for each provider. Looks only. */
export async function doctor(context: Context, options: LabOptions): Promise<DoctorReport> {
  const { cluster } = await readCluster(context, options);
  const all = await context.providers();
  const { provider } = await chooseProvider(cluster, all, context.host.isRoot);
  const providers = await Promise.all(
    all.map(async (candidate) => ({ name: candidate.name, problems: await candidate.preflight(cluster) })),
  );
  const own = providers[all.indexOf(provider)]?.problems ?? [];
  return {
    schemaVersion: 1,
    chosen: provider.name,
    healthy: own.every(({ severity }) => severity !== "error"),
    providers,
  };
}
