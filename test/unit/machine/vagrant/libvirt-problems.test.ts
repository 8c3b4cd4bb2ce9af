import { describe, expect, it } from "vitest";
import {
  judgeDriver,
  judgeLibvirt,
  libvirtDriver,
  libvirtProblems,
} from "../../../../src/machine/vagrant/libvirt-problems.ts";
import { clusterOf, goodCpuInfo, recorded, silence, vagrantHost } from "../../../support/vagrant-hosts.ts";

const plugIn = { "/usr/share/vagrant-plugins/plugins.d/vagrant-libvirt.json": "{}" };
const device = { "/sys/class/misc/kvm/dev": "10:232\n" };
const good = { "/proc/cpuinfo": goodCpuInfo, ...device, ...plugIn };
const virsh = "virsh -c qemu:///system version";
const version = await recorded("virsh-version.txt");
const noDaemon = await recorded("virsh-version-no-daemon.txt");
const inVm = await recorded("cpuinfo-vm.txt");

const whatsOf = async (options: Parameters<typeof vagrantHost>[0], text = "provider: libvirt") =>
  (await libvirtProblems(vagrantHost(options), clusterOf(text))).map(
    ({ severity, what }) => `${severity}: ${what}`,
  );

describe("libvirtProblems", () => {
  it("has nothing against a good host", async () => {
    expect(await whatsOf({ commands: { [virsh]: version }, files: good })).toEqual([]);
  });

  it("finds all that is missing at once", async () => {
    expect(await whatsOf({ files: {} })).toEqual([
      "error: Vagrant's plug-in vagrant-libvirt is not installed",
      "error: libvirt is not installed: there is no virsh",
      "warning: KVM runs no VMs on this computer: QEMU emulates the processor, 10 to 20 times slower",
    ]);
  });

  it("warns of emulation where a device alone promises KVM", async () => {
    expect(
      await whatsOf({ commands: { [virsh]: version }, files: { ...good, "/proc/cpuinfo": inVm } }),
    ).toEqual([
      "warning: KVM runs no VMs on this computer: QEMU emulates the processor, 10 to 20 times slower",
    ]);
  });

  it("does not let auto choose emulation", async () => {
    const files = { ...good, "/proc/cpuinfo": inVm };
    expect(await whatsOf({ commands: { [virsh]: version }, files }, "provider: auto")).toEqual([
      "error: KVM runs no VMs on this computer: QEMU emulates the processor, 10 to 20 times slower",
    ]);
  });

  it("finds the daemon silent", async () => {
    expect(await whatsOf({ commands: { [virsh]: silence }, files: good })).toEqual([
      "error: libvirt does not answer",
    ]);
  });

  it("needs Linux", async () => {
    expect(await whatsOf({ facts: { platform: "darwin" } })).toEqual([
      "error: libvirt's VMs need Linux, and this is darwin",
    ]);
  });
});

describe("judgeLibvirt", () => {
  const failed = (stderr: string) => judgeLibvirt({ kind: "answer", exitCode: 1, stdout: "", stderr });

  it("tells a daemon that does not run", () => {
    expect(failed(noDaemon)).toMatchObject([
      {
        what: "libvirt's daemon does not answer",
        why: "error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
      },
    ]);
  });

  it.each([
    "error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
    "error: authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
  ])("tells a user who is in no group: %s", (line) => {
    expect(failed(`error: failed to connect to the hypervisor\n${line}\n`)).toMatchObject([
      { what: "this user may not use libvirt", why: line },
    ]);
  });
});

describe("libvirtDriver", () => {
  it("is KVM with a device and a processor for it", async () => {
    expect(await libvirtDriver(vagrantHost({ files: good }))).toBe("kvm");
    expect(await libvirtDriver(vagrantHost({ files: { ...good, "/proc/cpuinfo": inVm } }))).toBe("qemu");
    expect(await libvirtDriver(vagrantHost({ files: { "/proc/cpuinfo": goodCpuInfo } }))).toBe("qemu");
  });
});

describe("judgeDriver", () => {
  const arm = { platform: "linux", architecture: "arm64", device: true, virtualization: undefined };

  it("trusts the device on ARM, whose processors tell nothing", () => {
    expect(judgeDriver(arm)).toBe("kvm");
    expect(judgeDriver({ ...arm, device: false })).toBe("qemu");
    expect(judgeDriver({ ...arm, architecture: "x64" })).toBe("qemu");
    expect(judgeDriver({ ...arm, platform: "darwin" })).toBe("qemu");
  });
});
