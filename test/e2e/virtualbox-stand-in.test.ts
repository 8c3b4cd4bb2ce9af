import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeVirtualBox, type VirtualBoxStandIn } from "../support/virtualbox.ts";
import { describeWithVagrant } from "./with-vagrant.ts";

const execute = promisify(execFile);
const one = { name: "one", address: "192.168.56.21", other: "192.168.56.22" };
const two = { name: "two", address: one.other, other: one.address };

const vagrantfile = `Vagrant.configure("2") do |config|
  config.vm.box = "test/bookworm"
  config.vm.synced_folder ".", "/vagrant", disabled: true
  { "one" => "${one.address}", "two" => "${two.address}" }.each do |name, address|
    config.vm.define name do |machine|
      machine.vm.network "private_network", ip: address, netmask: "255.255.255.0"
      machine.vm.provider "virtualbox" do |vb|
        vb.name = "stand-in-#{name}"
        vb.linked_clone = true
        vb.memory = 1024
        vb.cpus = 1
        vb.check_guest_additions = false
        vb.customize ["modifyvm", :id, "--groups", "/swarmlab/stand-in"]
        vb.customize ["modifyvm", :id, "--natdnshostresolver1", "on"]
      end
    end
  end
end
`;

describeWithVagrant("the stand-in for VirtualBox, with the real Vagrant", () => {
  let virtualBox: VirtualBoxStandIn;
  let directory: string;
  let vagrant: (...args: readonly string[]) => Promise<string>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "swarmlab-vagrant-"));
    await writeFile(join(directory, "Vagrantfile"), vagrantfile);
    virtualBox = await makeVirtualBox();
    await virtualBox.addBox("test/bookworm");
    const env = { ...process.env, ...virtualBox.env };
    vagrant = async (...args) => (await execute("vagrant", args, { cwd: directory, env })).stdout;
  });
  afterAll(async () => {
    await virtualBox.destroy();
    await rm(directory, { recursive: true });
  });

  const patience = { timeout: 300_000 };

  it(
    "makes two machines that reach each other, stops and starts one, and destroys both",
    patience,
    async () => {
      await vagrant("up", "--provider=virtualbox");
      await expectInPlace(one, two);

      await vagrant("halt", "two");
      expect(await virtualBox.manage("list", "runningvms")).not.toContain("stand-in-two");
      await vagrant("up", "two");
      await expectInPlace(two);

      await vagrant("destroy", "--force");
      expect(await virtualBox.manage("list", "vms")).not.toContain("stand-in");
      // As with VirtualBox, the network stays for the next machines.
      expect(await virtualBox.findTraces()).toEqual([expect.stringMatching(/^link vboxnet\d+$/)]);
      expect(await virtualBox.unknownCalls()).toEqual([]);
    },
  );

  it("fails on what it was not taught, and says so", async () => {
    await using other = await makeVirtualBox();
    await expect(other.manage("list", "usbhost")).rejects.toThrow("VBoxManage: error: ");
    expect(await other.calls()).toEqual([["list", "usbhost"]]);
    expect(await other.unknownCalls()).toEqual(['{"call":["list","usbhost"],"why":"no such call"}']);
  });

  /** Throws when an address is missing or the other machine is out of reach. `vagrant ssh` would take its own seconds for each. */
  async function expectInPlace(...machines: readonly (typeof one)[]): Promise<void> {
    const file = join(directory, "ssh-config");
    await writeFile(file, await vagrant("ssh-config", ...machines.map(({ name }) => name)));
    for (const { name, address, other } of machines) {
      const script = `ip -4 -o addr show eth1 && ping -q -c 1 -W 2 ${other}`;
      const { stdout } = await execute("ssh", ["-F", file, name, script]);
      expect(stdout).toContain(`${address}/24`);
    }
  }
});
