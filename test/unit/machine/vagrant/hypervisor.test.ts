import { describe, expect, it } from "vitest";
import { listVms, machineOfVm, removeVm } from "../../../../src/machine/vagrant/hypervisor.ts";
import { installOnWindows, vagrantHost } from "../../../support/vagrant-hosts.ts";

const [one, two] = ["0f0e0d0c-0000-4000-8000-000000000001", "0f0e0d0c-0000-4000-8000-000000000002"];

describe("listVms", () => {
  it("reads VBoxManage's lists", async () => {
    const host = vagrantHost({
      commands: {
        "VBoxManage list vms": `"swarmlab-lab-manager" {${one}}\n"a "quoted" name" {${two}}\n`,
        "VBoxManage list runningvms": `"swarmlab-lab-manager" {${one}}\n`,
      },
    });
    expect(await listVms(host, "virtualbox")).toEqual([
      { id: one, name: "swarmlab-lab-manager", running: true },
      { id: two, name: 'a "quoted" name', running: false },
    ]);
  });

  it("reads virsh's lists", async () => {
    const host = vagrantHost({
      commands: {
        "virsh --connect qemu:///system list --all": `${one} swarmlab-lab-manager          \n${two} other\n\n`,
        "virsh --connect qemu:///system list --state-running": `${two} other\n\n`,
      },
    });
    expect(await listVms(host, "libvirt")).toEqual([
      { id: one, name: "swarmlab-lab-manager", running: false },
      { id: two, name: "other", running: true },
    ]);
  });

  it("has no list where the program is missing, or there is none", async () => {
    expect(await listVms(vagrantHost({}), "virtualbox")).toBeUndefined();
    expect(await listVms(vagrantHost({}), "parallels")).toBeUndefined();
  });
});

describe("VirtualBox on Windows, whose installer puts nothing on PATH", () => {
  it("is asked, and told to remove, where its installer says that it is", async () => {
    const { directory, program } = await installOnWindows();
    const host = vagrantHost({
      facts: { platform: "win32" },
      environment: { VBOX_MSI_INSTALL_PATH: directory },
      commands: {
        [`${program} list vms`]: `"swarmlab-lab-manager" {${one}}\r\n`,
        [`${program} list runningvms`]: "",
        [`${program} unregistervm ${one} --delete`]: "",
      },
    });
    const [vm] = (await listVms(host, "virtualbox")) ?? [];
    expect(vm).toEqual({ id: one, name: "swarmlab-lab-manager", running: false });
    if (vm !== undefined) await removeVm(host, "virtualbox", vm);
    expect(host.processes.ran.at(-1)?.argv).toEqual([program, "unregistervm", one, "--delete"]);
  });
});

describe("machineOfVm", () => {
  it("knows a cluster's machines by name, and leaves alone those of clusters whose names begin alike", () => {
    expect(machineOfVm("lab", "swarmlab-lab-node2")).toBe("node2");
    expect(machineOfVm("lab", "swarmlab-lab-x-node2")).toBeUndefined();
    expect(machineOfVm("lab-x", "swarmlab-lab-x-node2")).toBe("node2");
    expect(machineOfVm("lab", "swarmlab-lab-desktop")).toBeUndefined();
    expect(machineOfVm("lab", "lab-node2")).toBeUndefined();
  });
});
