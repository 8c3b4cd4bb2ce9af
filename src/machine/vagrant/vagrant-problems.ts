import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import type { Problem } from "../../failure.ts";
import { boxProblems } from "./box-problems.ts";
import { hypervProblems, parallelsProblems, vmwareProblems } from "./desktop-problems.ts";
import { libvirtProblems } from "./libvirt-problems.ts";
import { linkProblems } from "./link-problems.ts";
import { resourceProblems } from "./resource-problems.ts";
import type { VagrantHost } from "./vagrant-host.ts";
import { vagrantItselfProblems } from "./vagrant-version.ts";
import { virtualBoxProblems } from "./virtualbox-problems.ts";

type Findings = (host: VagrantHost, cluster: Cluster) => readonly Problem[] | Promise<readonly Problem[]>;

const hypervisors: Readonly<Record<VagrantProviderName, Findings>> = {
  virtualbox: virtualBoxProblems,
  libvirt: libvirtProblems,
  vmware_desktop: vmwareProblems,
  parallels: parallelsProblems,
  hyperv: hypervProblems,
};

/** What stands in the way of a cluster of VMs of this provider on this host, each with its cure. Nothing of another provider is looked at. */
export async function vagrantProblems(
  host: VagrantHost,
  provider: VagrantProviderName,
  cluster: Cluster,
): Promise<readonly Problem[]> {
  const problems = await Promise.all([
    vagrantItselfProblems(host),
    hypervisors[provider](host, cluster),
    resourceProblems(host, cluster),
  ]);
  return [
    ...problems.flat(),
    ...linkProblems(host.facts, provider, cluster),
    ...boxProblems(host.facts, provider, cluster),
  ];
}
