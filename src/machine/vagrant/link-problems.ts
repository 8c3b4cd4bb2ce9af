import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { dockerRanges } from "../../cluster/docker-ranges.ts";
import { formatSubnet, freeSubnet, normaliseSubnet, overlaps, parseSubnet } from "../../cluster/subnet.ts";
import type { Problem } from "../../failure.ts";
import type { ComputerFacts } from "../../system/computer-facts.ts";

/** Names of links that each hypervisor makes itself for the networks of its VMs. */
const ownLinks: Readonly<Record<VagrantProviderName, RegExp>> = {
  virtualbox: /^(?:vboxnet\d|virtualbox host-only|bridge1\d\d$)/i,
  libvirt: /^virbr\d/,
  vmware_desktop: /^(?:vmnet\d|vmware network adapter|bridge1\d\d$)/i,
  parallels: /^(?:vnic\d|bridge1\d\d$)/,
  hyperv: /^vethernet/i,
};

/** Links of this computer whose network overlaps the cluster's: an error where the person chose the subnet, which otherwise gives way. */
export function linkProblems(
  { links }: Pick<ComputerFacts, "links">,
  provider: VagrantProviderName,
  cluster: Cluster,
): readonly Problem[] {
  const own = parseSubnet(cluster.subnet);
  if (own === undefined) return [];
  return links
    .filter(({ name }) => !ownLinks[provider].test(name))
    .flatMap(({ name, subnet }) => {
      const other = parseSubnet(subnet);
      return other !== undefined && overlaps(own, other) ? [overlap({ name, subnet }, links, cluster)] : [];
    });
}

function overlap(
  { name, subnet }: ComputerFacts["links"][number],
  links: ComputerFacts["links"],
  cluster: Cluster,
): Problem {
  const free = freeSubnet([...links.map((link) => link.subnet), ...rangesOfDocker(cluster)]);
  return {
    severity: cluster.subnetChosen ? "error" : "warning",
    what: `the subnet ${cluster.subnet} overlaps ${normaliseSubnet(subnet) ?? subnet} of this computer's link ${name}`,
    why: "The machines, or what is behind that link, could not be reached.",
    remedy: free === undefined ? "Set subnet to a network that nothing here uses." : `Set subnet: ${free}`,
  };
}

function rangesOfDocker({ swarm, machines }: Cluster): readonly string[] {
  const daemon = machines[0]?.daemon ?? {};
  return dockerRanges({ addressPools: swarm.addressPools, daemon }).map((range) =>
    formatSubnet(range.subnet),
  );
}
