import { beforeEach, describe, expect, it } from "vitest";
import { FailureError } from "../../../../src/failure.ts";
import { listVms, machineOfVm, removeVm } from "../../../../src/machine/vagrant/hypervisor.ts";
import type { ProcessCommand, ProcessResult } from "../../../../src/system/process-runner.ts";
import { ScriptedProcesses } from "../../../support/scripted-processes.ts";
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

/** Lets go of a VM only some calls after it was ended, as VirtualBox does. */
class LockedVirtualBox extends ScriptedProcesses {
  lockedCalls = Infinity;
  stderr = "VBoxManage: error: Details: code VBOX_E_INVALID_OBJECT_STATE (0x80bb0007), component MachineWrap";

  constructor() {
    super({ "VBoxManage controlvm": "", "VBoxManage unregistervm": "" });
  }

  override async run(command: ProcessCommand): Promise<ProcessResult> {
    const result = await this.tryRun(command);
    if (command.argv[1] !== "unregistervm" || this.lockedCalls-- <= 0) return result;
    const { argv } = command;
    throw new FailureError({ kind: "process", argv, exitCode: 1, stderr: this.stderr });
  }
}

describe("removeVm", () => {
  const vm = { id: one, name: "swarmlab-lab-manager", running: true };
  let processes: LockedVirtualBox;
  let nowMs: number;

  beforeEach(() => {
    [processes, nowMs] = [new LockedVirtualBox(), 0];
  });
  const remove = () => {
    const sleep = (ms: number) => Promise.resolve(void (nowMs += ms));
    const host = { ...vagrantHost({}), processes, clock: { nowMs: () => nowMs, sleep } };
    return removeVm(host, "virtualbox", vm);
  };

  it("waits until VirtualBox has let go of a VM that was ended", async () => {
    processes.lockedCalls = 2;
    await remove();
    expect(processes.ran.map(({ argv }) => argv[1])).toEqual([
      "controlvm",
      ...Array<string>(3).fill("unregistervm"),
    ]);
  });

  it("gives up after some seconds", async () => {
    await expect(remove()).rejects.toMatchObject({
      failure: { kind: "timeout", waitedFor: "VirtualBox to let go of swarmlab-lab-manager" },
    });
    expect(nowMs).toBeGreaterThanOrEqual(10_000);
  });

  it("does not wait where something else is wrong", async () => {
    processes.stderr = "VBoxManage: error: Could not find a registered machine";
    await expect(remove()).rejects.toMatchObject({ failure: { kind: "process" } });
    expect(nowMs).toBe(0);
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
