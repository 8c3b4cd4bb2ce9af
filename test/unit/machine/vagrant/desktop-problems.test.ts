import { describe, expect, it } from "vitest";
import {
  findVmware,
  hypervProblems,
  judgeVmware,
  parallelsProblems,
  vmwareProblems,
} from "../../../../src/machine/vagrant/desktop-problems.ts";
import { hasPlugIn, installedPlugIns } from "../../../../src/machine/vagrant/plug-ins.ts";
import { vagrantHost } from "../../../support/vagrant-hosts.ts";

/** As Vagrant 2.3.4 writes it after `vagrant plugin install`. */
const pluginsJson = JSON.stringify({
  version: "1",
  installed: { "vagrant-parallels": { ruby_version: "3.1.2", vagrant_version: "2.3.4", gem_version: "" } },
});
const files = { "/home/someone/.vagrant.d/plugins.json": pluginsJson };
const mac = { platform: "darwin" };
const commands = { "sysctl -n kern.hv_support": "1\n", prlctl: "", vmrun: "" };

describe("hasPlugIn", () => {
  it("finds it in Vagrant's home, wherever that is", async () => {
    expect(await hasPlugIn(vagrantHost({ files }), "vagrant-parallels")).toBe(true);
    expect(await hasPlugIn(vagrantHost({ files }), "vagrant-libvirt")).toBe(false);
    const elsewhere = { files: { "/v/plugins.json": pluginsJson }, environment: { VAGRANT_HOME: "/v" } };
    expect(await hasPlugIn(vagrantHost(elsewhere), "vagrant-parallels")).toBe(true);
  });

  it("finds one that a distribution packaged", async () => {
    const packaged = { "/usr/share/vagrant-plugins/plugins.d/vagrant-libvirt.json": "{}" };
    expect(await hasPlugIn(vagrantHost({ files: packaged }), "vagrant-libvirt")).toBe(true);
  });

  it.each(["", "null", "[]", '{"installed":null}', "{"])("finds none in %j", (text) => {
    expect(installedPlugIns(text)).toEqual([]);
  });
});

describe("findVmware", () => {
  it.each([
    ["HashiCorp's older installers", "C:\\HashiCorp\\VagrantVMwareUtility\\bin\\vagrant-vmware-utility.exe"],
    ["newer ones", "C:\\Program Files\\VagrantVMwareUtility\\bin\\vagrant-vmware-utility.exe"],
  ])("finds the utility on Windows where %s put it", async (_, place) => {
    const host = vagrantHost({ facts: { platform: "win32" } });
    const find = (path: string) => findVmware(host, (asked) => Promise.resolve(asked === path));
    expect(await find(place)).toEqual({ program: false, utility: true, plugIn: false });
    expect(await find("C:\\elsewhere.exe")).toEqual({ program: false, utility: false, plugIn: false });
  });

  it.each(["Program Files (x86)", "Program Files"])(
    "finds a Workstation in %s, where its release puts it",
    async (files) => {
      const host = vagrantHost({ facts: { platform: "win32" } });
      const vmrun = `C:\\${files}\\VMware\\VMware Workstation\\vmrun.exe`;
      const found = await findVmware(host, (asked) => Promise.resolve(asked === vmrun));
      expect(found).toMatchObject({ program: true, utility: false });
    },
  );
});

describe("judgeVmware", () => {
  it("names each part that is missing", () => {
    expect(judgeVmware({ program: true, utility: true, plugIn: true })).toEqual([]);
    expect(judgeVmware({ program: false, utility: false, plugIn: false }).map(({ what }) => what)).toEqual([
      "VMware Workstation or Fusion is not installed: there is no vmrun",
      "the Vagrant VMware utility is not installed",
      "Vagrant's plug-in vagrant-vmware-desktop is not installed",
    ]);
  });
});

describe("vmwareProblems", () => {
  it("counts a vmrun on PATH", async () => {
    const problems = await vmwareProblems(vagrantHost({ facts: mac, commands, files }));
    expect(problems.map(({ what }) => what)).toEqual([
      "the Vagrant VMware utility is not installed",
      "Vagrant's plug-in vagrant-vmware-desktop is not installed",
    ]);
  });
});

describe("parallelsProblems", () => {
  it("has nothing against a good Mac", async () => {
    expect(await parallelsProblems(vagrantHost({ facts: mac, commands, files }))).toEqual([]);
  });

  it("names what is missing, and the system it needs", async () => {
    const bare = await parallelsProblems(vagrantHost({ facts: mac }));
    expect(bare.map(({ what }) => what)).toEqual([
      "Parallels Desktop Pro is not installed: there is no prlctl",
      "Vagrant's plug-in vagrant-parallels is not installed",
    ]);
    expect(await parallelsProblems(vagrantHost({}))).toMatchObject([
      { what: "Parallels exists on macOS only, and this is linux" },
    ]);
  });
});

describe("hypervProblems", () => {
  it("refuses everywhere, on Windows for its addresses", () => {
    expect(hypervProblems(vagrantHost({}))).toMatchObject([
      { what: "Hyper-V exists on Windows only, and this is linux" },
    ]);
    expect(hypervProblems(vagrantHost({ facts: { platform: "win32" } }))).toMatchObject([
      {
        severity: "error",
        what: "Hyper-V's VMs get no static addresses from Vagrant, and a swarm needs them",
        remedy: "Use provider: virtualbox or provider: vmware_desktop.",
      },
    ]);
  });
});
