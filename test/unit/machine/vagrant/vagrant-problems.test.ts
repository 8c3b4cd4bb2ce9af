import { describe, expect, it } from "vitest";
import { vagrantProviderNames } from "../../../../src/cluster/cluster.ts";
import { vagrantProblems } from "../../../../src/machine/vagrant/vagrant-problems.ts";
import { clusterOf, vagrantHost } from "../../../support/vagrant-hosts.ts";

/** The disk of the computer that runs the tests is whatever it is. */
const withoutDisk = (what: string) => !what.startsWith("the disk of");

describe("vagrantProblems", () => {
  it("has nothing against a good host", async () => {
    const host = vagrantHost({
      commands: {
        "vagrant --version": "Vagrant 2.4.9\n",
        "VBoxManage --version": "7.2.14r1\n",
        "VBoxManage list hostinfo": "Processor supports HW virtualization: yes\n",
      },
    });
    const problems = await vagrantProblems(host, "virtualbox", clusterOf("provider: virtualbox"));
    expect(problems.map(({ what }) => what).filter(withoutDisk)).toEqual([]);
  });

  it("asks Vagrant once and nothing of another provider", async () => {
    const host = vagrantHost({
      commands: {
        "vagrant --version": "Vagrant 2.4.9\n",
        "VBoxManage --version": "7.2.14r1\n",
        "VBoxManage list hostinfo": "Processor supports HW virtualization: yes\n",
      },
    });
    await vagrantProblems(host, "virtualbox", clusterOf(""));
    expect(host.processes.ran.map(({ argv }) => argv.join(" ")).sort()).toEqual([
      "VBoxManage --version",
      "VBoxManage list hostinfo",
      "vagrant --version",
    ]);
    expect(host.processes.ran.every(({ timeoutMs }) => timeoutMs === 15_000)).toBe(true);
  });

  it("tells of the cluster, of Vagrant and of the hypervisor at once", async () => {
    const host = vagrantHost({ facts: { memoryMiB: 2048, links: [{ name: "wg0", subnet: "10.9.0.2/16" }] } });
    const text = "subnet: 10.9.1.0/24\nbox: /srv/tree\nswarm: { default-addr-pool: [10.20.0.0/16] }";
    const problems = await vagrantProblems(host, "virtualbox", clusterOf(text));
    expect(problems.map(({ what }) => what).filter(withoutDisk)).toEqual([
      "vagrant is not installed",
      "VirtualBox is not installed: there is no VBoxManage",
      "the machines ask for 3072 MiB of memory, and this computer has 2048",
      "the subnet 10.9.1.0/24 overlaps 10.9.0.0/16 of this computer's link wg0",
      "/srv/tree is the path of a root tree, and virtualbox takes a Vagrant box",
    ]);
  });

  it.each(vagrantProviderNames)("runs no process for %s where nothing is installed", async (provider) => {
    const host = vagrantHost({});
    const problems = await vagrantProblems(host, provider, clusterOf(""));
    expect(problems.some(({ severity }) => severity === "error")).toBe(true);
    expect(problems.every(({ what, remedy }) => !what.endsWith(".") && remedy !== "")).toBe(true);
    expect(host.processes.ran).toEqual([]);
  });
});
