import { describe, expect, it } from "vitest";
import {
  judgeKvm,
  type KvmState,
  parseModules,
  readKvm,
} from "../../../../src/machine/vagrant/kvm-conflict.ts";
import { recorded, vagrantHost } from "../../../support/vagrant-hosts.ts";

const modules = await recorded("proc-modules.txt");
const parameter = "/sys/module/kvm/parameters/enable_virt_at_load";
const amd: KvmState = { module: "kvm_amd", loadable: true, users: 0, enabledAtLoad: true };
const intel: KvmState = { ...amd, module: "kvm_intel" };
const heldBack = { ...amd, enabledAtLoad: false };

describe("parseModules", () => {
  it("reads how often each module is in use", () => {
    expect([...parseModules(modules)]).toEqual([
      ["kvm_amd", 0],
      ["kvm", 1],
      ["irqbypass", 1],
      ["vboxdrv", 0],
    ]);
    expect(parseModules("").size).toBe(0);
  });
});

describe("readKvm", () => {
  const read = (files: Readonly<Record<string, string>>) => readKvm(vagrantHost({ files }));

  it("sees a loaded module, with and without the setting", async () => {
    expect(await read({ "/proc/modules": modules, [parameter]: "Y\n" })).toEqual(amd);
    expect(await read({ "/proc/modules": modules, [parameter]: "N\n" })).toEqual(heldBack);
    expect(await read({ "/proc/modules": modules })).toEqual({ module: "kvm_amd", loadable: true, users: 0 });
  });

  it("sees one that is built in", async () => {
    expect(await read({ [parameter]: "Y\n", "/sys/module/kvm_intel/parameters/nested": "Y\n" })).toEqual({
      ...intel,
      loadable: false,
    });
  });

  it("sees none", async () => {
    expect(await read({ "/proc/modules": "kvm 1351680 0 - Live 0x0\n", [parameter]: "Y\n" })).toEqual({
      loadable: false,
      users: 0,
    });
  });
});

describe("judgeKvm", () => {
  const judge = (state: KvmState, kernel: string, virtualBox: string) =>
    judgeKvm(state, { kernel, virtualBox });

  it.each<[string, KvmState, string, string]>([
    ["no KVM", { loadable: false, users: 0 }, "6.12.7", "7.0.20"],
    ["a kernel that takes the processor late", amd, "6.11.0-29-generic", "7.1.4"],
    ["a kernel without the setting", { module: "kvm_amd", loadable: true, users: 0 }, "6.12.0", "7.1.4"],
    ["the cure for older versions in place", heldBack, "6.14.0", "7.1.12"],
    ["the cure in place on a newer kernel", heldBack, "6.17.0", "7.2.8"],
    ["the cure in place, a kernel that does not share, a new version", heldBack, "6.12.63", "7.2.14"],
    ["a version that asks KVM on a kernel that shares", amd, "6.17.0", "7.2.6"],
    ["a version that relies on KVM", amd, "6.18.2", "7.2.14"],
  ])("has nothing against %s", (_title, state, kernel, virtualBox) => {
    expect(judge(state, kernel, virtualBox)).toEqual([]);
  });

  it.each([
    [amd, "6.12.7", "7.0.20"],
    [intel, "6.14.0-24-generic", "7.1.12"],
    [amd, "6.12.63", "7.2.14"],
  ])("%j on Linux %s with VirtualBox %s: hold KVM back", (state, kernel, virtualBox) => {
    const [problem] = judge(state, kernel, virtualBox);
    expect(problem?.severity).toBe("error");
    expect(problem?.remedy).toBe(
      `Until the next restart: sudo modprobe -r ${state.module ?? ""} kvm   For good: sudo sh -c 'echo options kvm enable_virt_at_load=0 > /etc/modprobe.d/swarmlab-kvm.conf', and restart`,
    );
  });

  it("names VirtualBox's own error, by processor", () => {
    expect(judge(amd, "6.12.7", "7.0.20")[0]?.why).toContain("VERR_SVM_IN_USE");
    expect(judge(intel, "6.12.7", "7.0.20")[0]?.why).toContain("VERR_VMX_IN_VMX_ROOT_MODE");
  });

  it("recommends a newer VirtualBox where the kernel shares", () => {
    expect(judge(amd, "6.18.2", "7.2.4")).toMatchObject([
      { severity: "error", remedy: expect.stringContaining("install VirtualBox 7.2.10 or later") as unknown },
    ]);
    expect(judge(intel, "6.18.2", "7.2.4")).toMatchObject([{ severity: "warning" }]);
  });

  it("sends people with a built-in KVM to the kernel's command line", () => {
    const builtIn = { ...intel, loadable: false };
    expect(judge(builtIn, "6.12.7", "7.0.20")[0]?.remedy).toMatch(
      /^KVM is built into this kernel: add kvm.enable/,
    );
  });

  it("takes the old cure back for a VirtualBox that relies on KVM", () => {
    const [problem] = judge(heldBack, "6.17.0-35-generic", "7.2.10");
    expect(problem).toMatchObject({
      severity: "error",
      what: "KVM is held back with enable_virt_at_load=0, and VirtualBox 7.2.10 needs it the other way",
    });
    expect(problem?.remedy).toContain("Remove it and restart.");
  });

  it("finds running VMs of KVM on any kernel", () => {
    expect(judge({ ...intel, users: 4 }, "5.15.0", "6.1.50")).toMatchObject([
      { severity: "error", what: "VMs of KVM run on this computer, and VirtualBox starts none beside them" },
    ]);
  });
});
