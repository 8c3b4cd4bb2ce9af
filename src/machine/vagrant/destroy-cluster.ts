import { rm, writeFile } from "node:fs/promises";
import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { StepProgress } from "../../steps.ts";
import { pathExists } from "../../system/files.ts";
import { forgetSnapshots } from "../keep-snapshots.ts";
import { removeNetwork, removeVm } from "./hypervisor.ts";
import { findVms, type FoundVms } from "./inspect-cluster.ts";
import { vagrantLayout } from "./layout.ts";
import { messageOf } from "./machine-readable.ts";
import { renderCluster } from "./prepare-cluster.ts";
import { callVagrant } from "./vagrant-cli.ts";
import type { VagrantHost } from "./vagrant-host.ts";

/**
 * Removes the cluster's VMs, those that Vagrant no longer knows included, its network where it has one of its own, and its directory. Boxes and the
 * networks that the hypervisor shares among clusters stay.
 * @throws FailureError `leftovers`, `vagrant`
 */
export async function destroyCluster(
  host: VagrantHost,
  provider: VagrantProviderName,
  cluster: Cluster,
  progress: StepProgress,
): Promise<void> {
  const layout = vagrantLayout(host.home, provider, cluster.name);
  const { known, orphans } = await findVms(host, provider, cluster.name);
  if (known.size > 0) {
    if (!(await pathExists(layout.vagrantfile)))
      await writeFile(layout.vagrantfile, await renderCluster(host, provider, cluster));
    await callVagrant({
      host,
      provider,
      layout,
      args: ["destroy", "--force"],
      signal: progress.signal,
      onEvent: (event) => {
        const text = messageOf(event);
        if (text !== undefined) progress.report(text);
      },
    });
  }
  for (const vm of orphans.values()) await removeVm(host, provider, vm);
  // Vagrant removes the network with the machine that brought it, unless another one still uses it then.
  const { network } = await findVms(host, provider, cluster.name);
  if (network !== undefined) await removeNetwork(host, provider, network);
  const items = leftovers(await findVms(host, provider, cluster.name));
  if (items.length > 0) throw new FailureError({ kind: "leftovers", cluster: cluster.name, items });
  await forgetSnapshots(layout.directory);
  await rm(layout.directory, { recursive: true, force: true });
}

function leftovers({ known, orphans, network }: FoundVms): readonly string[] {
  const vms = [...known.values(), ...orphans.values()].map(({ name }) => `VM ${name}`);
  return network === undefined ? vms : [...vms, `network ${network}`];
}
