import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { destroyCluster } from "../../../../src/machine/vagrant/destroy-cluster.ts";
import { vagrantLayout } from "../../../../src/machine/vagrant/layout.ts";
import type { VagrantHost } from "../../../../src/machine/vagrant/vagrant-host.ts";
import { ModelLibvirt } from "../../../support/model-libvirt.ts";
import { clusterOf, vagrantHost } from "../../../support/vagrant-hosts.ts";

const id = (number: number): string => `0f0e0d0c-0000-4000-8000-00000000000${number}`;
const cluster = clusterOf("name: lab\nprovider: libvirt\n");
const progress = { report: () => undefined, signal: new AbortController().signal };

describe("destroyCluster, where Vagrant has lost its memory", () => {
  let home: string;
  let libvirt: ModelLibvirt;
  let host: VagrantHost;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "swarmlab-destroy-"));
    libvirt = new ModelLibvirt();
    host = { ...vagrantHost({}), processes: libvirt, home };
  });
  afterEach(() => rm(home, { recursive: true }));

  it("ends what runs, removes domains and network by name, and leaves those of others", async () => {
    libvirt.domains.set(id(1), { name: "swarmlab-lab-manager", state: "running" });
    libvirt.domains.set(id(2), { name: "swarmlab-lab-node1", state: "shut off" });
    libvirt.domains.set(id(3), { name: "swarmlab-lab-node2", state: "paused" });
    libvirt.domains.set(id(4), { name: "swarmlab-lab-x-node1", state: "running" });
    libvirt.networks.set("swarmlab-lab", true).set("swarmlab-lab-x", true).set("vagrant-libvirt", true);
    await destroyCluster(host, "libvirt", cluster, progress);
    expect([...libvirt.domains.keys()]).toEqual([id(4)]);
    expect([...libvirt.networks.keys()]).toEqual(["swarmlab-lab-x", "vagrant-libvirt"]);
    await expect(stat(vagrantLayout(home, "libvirt", "lab").directory)).rejects.toThrow("ENOENT");
  });

  it("removes a network that is left alone, active or not", async () => {
    for (const active of [true, false]) {
      libvirt.networks.set("swarmlab-lab", active);
      await destroyCluster(host, "libvirt", cluster, progress);
      expect([...libvirt.networks.keys()]).toEqual([]);
    }
  });

  it("changes nothing in libvirt where nothing is left", async () => {
    await destroyCluster(host, "libvirt", cluster, progress);
    expect(new Set(libvirt.ran.map((line) => line.split(" ")[0]))).toEqual(new Set(["list", "net-list"]));
  });

  it("tells what it could not remove", async () => {
    libvirt.networks.set("swarmlab-lab", true);
    libvirt.networks.delete = () => true;
    await expect(destroyCluster(host, "libvirt", cluster, progress)).rejects.toMatchObject({
      failure: { kind: "leftovers", cluster: "lab", items: ["network swarmlab-lab"] },
    });
  });
});
