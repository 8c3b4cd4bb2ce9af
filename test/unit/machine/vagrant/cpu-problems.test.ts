import { describe, expect, it } from "vitest";
import {
  judgeCpu,
  parseCpuInfo,
  parseFirmware,
  parseHvSupport,
  readCpu,
} from "../../../../src/machine/vagrant/cpu-problems.ts";
import { goodCpuInfo, recorded, silence, vagrantHost } from "../../../support/vagrant-hosts.ts";

const says = (stdout: string) => ({ kind: "answer", exitCode: 0, stdout, stderr: "" }) as const;
const onLinux = { platform: "linux", architecture: "x64", hypervisor: "VirtualBox" };

describe("parseCpuInfo", () => {
  it("sees VT-x and AMD-V, and the hypervisor below", async () => {
    expect(parseCpuInfo(goodCpuInfo)).toEqual({ usable: true, hypervisorBelow: false });
    expect(parseCpuInfo("flags : svm hypervisor")).toEqual({ usable: true, hypervisorBelow: true });
    expect(parseCpuInfo("flags : svm_lock vmxfoo")).toEqual({ usable: false, hypervisorBelow: false });
    expect(parseCpuInfo(await recorded("cpuinfo-vm.txt"))).toEqual({ usable: false, hypervisorBelow: true });
  });

  it("sees nothing in what ARM says", () => {
    expect(parseCpuInfo("processor : 0\nFeatures : fp asimd\n").usable).toBeUndefined();
    expect(parseCpuInfo("").usable).toBeUndefined();
  });
});

describe("parseHvSupport", () => {
  it("reads 1 and 0", () => {
    expect(parseHvSupport(says("1\n")).usable).toBe(true);
    expect(parseHvSupport(says("0\n")).usable).toBe(false);
    expect(parseHvSupport({ kind: "silent" }).usable).toBeUndefined();
  });
});

describe("parseFirmware", () => {
  it.each([
    ["True\r\nFalse\r\n", { usable: true, hypervisorBelow: false }],
    ["False\r\nFalse\r\n", { usable: false, hypervisorBelow: false }],
    ["False\r\nTrue\r\n", { usable: true, hypervisorBelow: true }],
  ])("reads %j", (output, expected) => {
    expect(parseFirmware(says(output))).toEqual(expected);
  });

  it("knows nothing without an answer", () => {
    expect(parseFirmware({ kind: "missing" })).toEqual({ usable: undefined, hypervisorBelow: false });
  });
});

describe("readCpu", () => {
  it("asks each system in its own way", async () => {
    expect(await readCpu(vagrantHost({}))).toEqual({ usable: true, hypervisorBelow: false });
    const mac = vagrantHost({
      facts: { platform: "darwin" },
      commands: { "sysctl -n kern.hv_support": "1\n" },
    });
    expect(await readCpu(mac)).toEqual({ usable: true, hypervisorBelow: false });
    const commands = { "powershell.exe -NoProfile": "False\r\nTrue\r\n" };
    const windows = vagrantHost({ facts: { platform: "win32" }, commands });
    expect(await readCpu(windows)).toEqual({ usable: true, hypervisorBelow: true });
    expect(
      await readCpu(vagrantHost({ facts: { platform: "win32" }, commands: { "powershell.exe": silence } })),
    ).toEqual({ usable: undefined, hypervisorBelow: false });
  });
});

describe("judgeCpu", () => {
  it("has nothing against what works or cannot be seen", () => {
    expect(judgeCpu({ usable: true, hypervisorBelow: false }, onLinux)).toEqual([]);
    expect(judgeCpu({ usable: true, hypervisorBelow: true }, onLinux)).toEqual([]);
    expect(judgeCpu({ usable: undefined, hypervisorBelow: false }, onLinux)).toEqual([]);
  });

  it("tells a VM from firmware that is switched off", () => {
    expect(judgeCpu({ usable: false, hypervisorBelow: true }, onLinux)).toMatchObject([
      { severity: "error", what: "this computer is itself a VM, and VirtualBox can start no VMs in it" },
    ]);
    expect(judgeCpu({ usable: false, hypervisorBelow: false }, onLinux)).toMatchObject([
      { severity: "error", what: "VirtualBox can start no VMs: the processor's virtualisation is off" },
    ]);
  });

  it("takes the hypervisor below for Hyper-V on Windows, which leaves VT-x and AMD-V to nobody", () => {
    const onWindows = { ...onLinux, platform: "win32" };
    const bothWays = expect.stringMatching(/bcdedit .*Windows Hypervisor Platform/) as string;
    expect(judgeCpu({ usable: true, hypervisorBelow: true }, onWindows)).toMatchObject([
      {
        severity: "warning",
        what: "Hyper-V is active, and VirtualBox is slow beside it or starts no VMs",
        remedy: bothWays,
      },
    ]);
    expect(judgeCpu({ usable: false, hypervisorBelow: true }, onWindows)).toMatchObject([
      {
        severity: "error",
        what: "Hyper-V is active, and VirtualBox can start no VMs beside it",
        remedy: bothWays,
      },
    ]);
  });
});
