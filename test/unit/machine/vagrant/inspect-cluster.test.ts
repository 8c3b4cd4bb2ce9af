import { describe, expect, it } from "vitest";
import { inspectCluster } from "../../../../src/machine/vagrant/inspect-cluster.ts";
import type { VagrantHost } from "../../../../src/machine/vagrant/vagrant-host.ts";
import { ModelLibvirt } from "../../../support/model-libvirt.ts";
import { clusterOf, goodCpuInfo, vagrantHost } from "../../../support/vagrant-hosts.ts";

const cluster = clusterOf("name: lab\nprovider: libvirt\n");
const withKvm = { "/proc/cpuinfo": goodCpuInfo, "/sys/class/misc/kvm/dev": "10:232" };
const hostOf = (processes: ModelLibvirt, files: Readonly<Record<string, string>>): VagrantHost => ({
  ...vagrantHost({ files }),
  processes,
});

describe("inspectCluster", () => {
  it("asks for patience where the machines are emulated, and only there", async () => {
    const libvirt = new ModelLibvirt();
    const inspect = (files: Readonly<Record<string, string>>) =>
      inspectCluster(hostOf(libvirt, files), "libvirt", cluster);
    expect(await inspect(withKvm)).toEqual({ machines: [] });
    expect(await inspect({ "/proc/cpuinfo": goodCpuInfo })).toEqual({ machines: [], patience: 6 });
  });

  it("tells of domains that only bear the cluster's name", async () => {
    const libvirt = new ModelLibvirt();
    const name = "swarmlab-lab-node1";
    libvirt.domains.set("0f0e0d0c-0000-4000-8000-000000000001", { name, state: "running" });
    expect(await inspectCluster(hostOf(libvirt, withKvm), "libvirt", cluster)).toEqual({
      machines: [
        {
          name: "node1",
          state: "broken",
          beyondCreate: true,
          detail: expect.stringContaining(name) as string,
        },
      ],
    });
  });
});
