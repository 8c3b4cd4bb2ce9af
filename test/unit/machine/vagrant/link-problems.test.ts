import { describe, expect, it } from "vitest";
import { linkProblems, networksInUse } from "../../../../src/machine/vagrant/link-problems.ts";
import { clusterOf } from "../../../support/vagrant-hosts.ts";

const chosen = clusterOf("subnet: 192.168.57.0/24");
const links = (...entries: readonly (readonly [string, string])[]) => ({
  links: entries.map(([name, subnet]) => ({ name, subnet })),
});

describe("linkProblems", () => {
  it("has nothing against links with other networks, nor against the hypervisor's own", () => {
    expect(linkProblems(links(["eth0", "192.0.2.7/24"]), "virtualbox", chosen)).toEqual([]);
    const same = (name: string) => links([name, "192.168.57.1/24"]);
    expect(linkProblems(same("vboxnet0"), "virtualbox", chosen)).toEqual([]);
    expect(linkProblems(same("VirtualBox Host-Only Network #2"), "virtualbox", chosen)).toEqual([]);
    expect(linkProblems(same("virbr3"), "libvirt", chosen)).toEqual([]);
    expect(linkProblems(same("vmnet2"), "vmware_desktop", chosen)).toEqual([]);
    expect(linkProblems(same("VMware Network Adapter VMnet1"), "vmware_desktop", chosen)).toEqual([]);
    expect(linkProblems(same("vnic1"), "parallels", chosen)).toEqual([]);
    expect(linkProblems(same("bridge100"), "parallels", chosen)).toEqual([]);
  });

  it("knows VirtualBox's own by its MAC where Windows has named it", () => {
    const link = { name: "Ethernet 2", subnet: "192.168.57.1/24" };
    const own = { links: [{ ...link, mac: "0a:00:27:00:00:0d" }] };
    expect(linkProblems(own, "virtualbox", chosen)).toEqual([]);
    expect(linkProblems(own, "vmware_desktop", chosen)).toHaveLength(1);
    expect(
      linkProblems({ links: [{ ...link, mac: "00:15:5d:00:00:0d" }] }, "virtualbox", chosen),
    ).toHaveLength(1);
  });

  it("names link, network and a free subnet", () => {
    const facts = links(["tun0", "192.168.56.9/23"], ["virbr0", "192.168.58.1/24"]);
    expect(linkProblems(facts, "virtualbox", chosen)).toMatchObject([
      {
        severity: "error",
        what: "the subnet 192.168.57.0/24 overlaps 192.168.56.0/23 of this computer's link tun0",
        remedy: "Set subnet: 192.168.59.0/24",
      },
    ]);
  });

  it("sees another hypervisor's network", () => {
    expect(linkProblems(links(["virbr0", "192.168.57.1/24"]), "virtualbox", chosen)).toHaveLength(1);
  });

  it("says nothing where nobody chose the subnet, which then gives way", () => {
    expect(linkProblems(links(["eth0", "192.168.56.9/24"]), "libvirt", clusterOf(""))).toEqual([]);
  });
});

describe("networksInUse", () => {
  it("has libvirt's own networks for a new cluster of libvirt's: they belong to others", () => {
    const facts = links(["virbr1", "192.168.57.1/24"], ["vboxnet0", "192.168.56.1/24"]);
    expect(networksInUse(facts, "libvirt")).toEqual([
      { subnet: "192.168.57.0/24", by: "virbr1" },
      { subnet: "192.168.56.0/24", by: "vboxnet0" },
    ]);
    expect(networksInUse(facts, "virtualbox")).toEqual([{ subnet: "192.168.57.0/24", by: "virbr1" }]);
  });
});
