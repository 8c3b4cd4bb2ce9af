import { describe, expect, it } from "vitest";
import { parseCandidates, planVagrantSetup } from "../../../../src/machine/vagrant/setup-plan.ts";
import { recorded, vagrantHost } from "../../../support/vagrant-hosts.ts";

const policy = (candidates: Readonly<Record<string, string>>) =>
  Object.entries(candidates)
    .map(
      ([name, candidate]) => `${name}:\n  Installed: (none)\n  Candidate: ${candidate}\n  Version table:\n`,
    )
    .join("");
const apt = { "apt-get": "" };
const plugIn = { "/usr/share/vagrant-plugins/plugins.d/vagrant-libvirt.json": "{}" };

describe("parseCandidates", () => {
  it("leaves out what apt knows and does not have", async () => {
    expect([...parseCandidates(await recorded("apt-cache-policy.txt"))]).toEqual([
      "vagrant",
      "libvirt-daemon-system",
    ]);
    expect([...parseCandidates("")]).toEqual([]);
  });
});

describe("planVagrantSetup", () => {
  it("has nothing to do where nothing is missing", async () => {
    const virtualBox = vagrantHost({ commands: { vagrant: "", "VBoxManage --version": "7.0.20r1\n" } });
    expect(await planVagrantSetup(virtualBox, "virtualbox")).toBeUndefined();
    const libvirt = vagrantHost({ commands: { vagrant: "", virsh: "" }, files: plugIn });
    expect(await planVagrantSetup(libvirt, "libvirt")).toBeUndefined();
  });

  it("installs with apt what apt has", async () => {
    const packages = [
      "vagrant",
      "libvirt-daemon-system",
      "libvirt-clients",
      "dnsmasq-base",
      "qemu-system-x86",
      "qemu-utils",
      "vagrant-libvirt",
    ];
    const host = vagrantHost({
      commands: {
        ...apt,
        "apt-cache policy": policy(Object.fromEntries(packages.map((name) => [name, "1.0"]))),
      },
      files: {},
    });
    const install = ["apt-get", "install", "--yes", "--no-install-recommends", ...packages];
    expect(await planVagrantSetup(host, "libvirt")).toEqual({
      commands: [["apt-get", "update"], install],
      instructions: [install.join(" ")],
    });
  });

  it("leaves all to the person when apt lacks a part", async () => {
    const host = vagrantHost({
      commands: {
        ...apt,
        "apt-cache policy vagrant virtualbox": policy({ vagrant: "2.3.4", virtualbox: "(none)" }),
      },
    });
    expect(await planVagrantSetup(host, "virtualbox")).toEqual({
      commands: [],
      instructions: [
        "apt-get install --yes --no-install-recommends vagrant",
        "Install VirtualBox: https://www.virtualbox.org/wiki/Downloads",
      ],
    });
  });

  it("installs QEMU for the computer's architecture", async () => {
    const host = vagrantHost({
      facts: { architecture: "arm64" },
      commands: { ...apt, vagrant: "", "apt-cache policy": "" },
      files: plugIn,
    });
    await planVagrantSetup(host, "libvirt");
    expect(host.processes.ran[0]?.argv).toContain("qemu-system-arm");
  });

  it.each([
    [
      "darwin",
      "virtualbox",
      ["brew install --cask hashicorp/tap/hashicorp-vagrant", "brew install --cask virtualbox"],
    ],
    ["win32", "virtualbox", ["winget install Hashicorp.Vagrant", "winget install Oracle.VirtualBox"]],
    ["darwin", "parallels", ["Parallels Desktop, Pro", "vagrant plugin install vagrant-parallels"]],
    ["linux", "vmware_desktop", ["Vagrant VMware utility", "vagrant plugin install vagrant-vmware-desktop"]],
    ["linux", "libvirt", ["libvirt.org", "vagrant plugin install vagrant-libvirt"]],
  ] as const)("on %s says how to get %s", async (platform, provider, parts) => {
    const plan = await planVagrantSetup(vagrantHost({ facts: { platform } }), provider);
    expect(plan?.commands).toEqual([]);
    const text = plan?.instructions.join("\n");
    for (const part of parts) expect(text).toContain(part);
  });

  it.each([
    ["darwin", "libvirt"],
    ["linux", "parallels"],
    ["linux", "hyperv"],
  ] as const)("installs nothing on %s for %s", async (platform, provider) => {
    expect(await planVagrantSetup(vagrantHost({ facts: { platform } }), provider)).toEqual({
      commands: [],
      instructions: [`Choose another provider: ${provider} does not exist on this system.`],
    });
  });

  it("has nothing to install for Hyper-V but Vagrant", async () => {
    const host = vagrantHost({ facts: { platform: "win32" }, commands: { vagrant: "" } });
    expect(await planVagrantSetup(host, "hyperv")).toBeUndefined();
  });
});
