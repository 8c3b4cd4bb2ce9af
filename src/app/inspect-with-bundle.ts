import { resolve } from "node:path";
import { providerNames, type Cluster, type ProviderName } from "../cluster/cluster.ts";
import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { openBundle, type Bundle } from "../machine/bundle.ts";
import { inspectLab, type AskedCluster } from "./open-lab.ts";

/**
 * As `inspectLab`, with a provider to which a bundle brings what it would fetch. The bundle says what `auto` is.
 * @throws FailureError `bundle`
 */
export async function inspectWithBundle(
  context: Context,
  asked: AskedCluster,
  { file, tasks }: { readonly file: string; readonly tasks: readonly string[] },
): ReturnType<typeof inspectLab> {
  const bundle = await openBundle(resolve(context.host.workingDirectory, file));
  const cluster = { ...asked.cluster, provider: providerFor(asked.cluster, bundle) };
  const { lab } = await inspectLab(context, { ...asked, cluster }, tasks);
  const { carrier } = lab.provider;
  if (carrier === undefined) throw otherProvider(bundle, lab.provider.name);
  return { lab: { ...lab, provider: await carrier.withBundle(lab.cluster, bundle) }, refused: [] };
}

function providerFor({ provider }: Cluster, bundle: Bundle): ProviderName {
  const found = providerNames.find((name) => name === bundle.manifest.provider);
  const wanted = provider === "auto" ? found : provider;
  if (wanted === undefined || wanted !== found) throw otherProvider(bundle, provider);
  return wanted;
}

function otherProvider({ file, manifest }: Bundle, asked: string): FailureError {
  return new FailureError({
    kind: "bundle",
    file,
    what: "the bundle is for another provider",
    why: `Its box is for ${manifest.provider}, and the provider of this cluster is ${asked}.`,
    remedy: `swarmlab up --provider ${manifest.provider} --bundle ${file}`,
  });
}
