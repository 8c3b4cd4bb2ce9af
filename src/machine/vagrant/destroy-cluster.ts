import { rm } from "node:fs/promises";
import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { StepProgress } from "../../steps.ts";
import { pathExists } from "../../system/files.ts";
import { removeVm } from "./hypervisor.ts";
import { findVms } from "./inspect-cluster.ts";
import { vagrantLayout } from "./layout.ts";
import { messageOf } from "./machine-readable.ts";
import { renderCluster } from "./prepare-cluster.ts";
import { callVagrant } from "./vagrant-cli.ts";
import type { VagrantHost } from "./vagrant-host.ts";
import { writeFile } from "node:fs/promises";

/**
 * Removes the cluster's VMs, those that Vagrant no longer knows included, and its directory. Boxes and the hypervisor's host-only network stay.
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
  const left = await findVms(host, provider, cluster.name);
  const items = [...left.known.values(), ...left.orphans.values()].map(({ name }) => `VM ${name}`);
  if (items.length > 0) throw new FailureError({ kind: "leftovers", cluster: cluster.name, items });
  await rm(layout.directory, { recursive: true, force: true });
}
