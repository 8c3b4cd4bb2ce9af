import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { dockerRangesOf } from "../../cluster/docker-ranges.ts";
import { freeSubnet, normaliseSubnet, overlaps, parseSubnet } from "../../cluster/subnet.ts";
import type { Problem } from "../../failure.ts";
import type { HostNetwork } from "../settle-cluster.ts";
import type { ComputerFacts, Link } from "../../system/computer-facts.ts";

/** Names of links that each hypervisor makes itself for the networks of its VMs. */
const ownLinks: Readonly<Record<VagrantProviderName, RegExp>> = {
  virtualbox: /^(?:vboxnet\d|virtualbox host-only|bridge1\d\d$)/i,
  libvirt: /^virbr\d/,
  vmware_desktop: /^(?:vmnet\d|vmware network adapter|bridge1\d\d$)/i,
  parallels: /^(?:vnic\d|bridge1\d\d$)/,
  hyperv: /^vethernet/i,
};

/** Begins the MACs of VirtualBox's host-only links. Windows may name them otherwise: `Ethernet 2`. */
const hostOnlyMac = /^0a:00:27:/;

/** Networks of this computer's links, those that the hypervisor made for its VMs aside. */
export function hostNetworks(
  { links }: Pick<ComputerFacts, "links">,
  provider: VagrantProviderName,
): readonly HostNetwork[] {
  return networksOf(links.filter((link) => !isOwn(link, provider)));
}

/**
 * Networks of this computer that a new cluster must not meet. With libvirt each of its own networks is somebody's: where one has the same
 * addresses, vagrant-libvirt 0.11.2 makes no other one, and then does not find the cluster's.
 */
export function networksInUse(
  facts: Pick<ComputerFacts, "links">,
  provider: VagrantProviderName,
): readonly HostNetwork[] {
  return provider === "libvirt" ? networksOf(facts.links) : hostNetworks(facts, provider);
}

/** Links of this computer whose network overlaps a subnet that the person chose; any other subnet gives way. */
export function linkProblems(
  { links }: Pick<ComputerFacts, "links">,
  provider: VagrantProviderName,
  cluster: Cluster,
): readonly Problem[] {
  const own = parseSubnet(cluster.subnet);
  if (own === undefined || !cluster.subnetChosen) return [];
  return hostNetworks({ links }, provider).flatMap((network) => {
    const other = parseSubnet(network.subnet);
    return other !== undefined && overlaps(own, other) ? [overlap(network, links, cluster)] : [];
  });
}

function isOwn({ name, mac = "" }: Link, provider: VagrantProviderName): boolean {
  return ownLinks[provider].test(name) || (provider === "virtualbox" && hostOnlyMac.test(mac));
}

function networksOf(links: ComputerFacts["links"]): readonly HostNetwork[] {
  return links.map(({ name, subnet }) => ({ subnet: normaliseSubnet(subnet) ?? subnet, by: name }));
}

function overlap({ by, subnet }: HostNetwork, links: ComputerFacts["links"], cluster: Cluster): Problem {
  const free = freeSubnet([...links.map((link) => link.subnet), ...dockerRangesOf(cluster)]);
  return {
    severity: "error",
    what: `the subnet ${cluster.subnet} overlaps ${subnet} of this computer's link ${by}`,
    why: "The machines, or what is behind that link, could not be reached.",
    remedy: free === undefined ? "Set subnet to a network that nothing here uses." : `Set subnet: ${free}`,
  };
}
