import { describe, expect, it } from "vitest";
import { kernelProblems, loadKernelModules } from "../../../../src/machine/nspawn/kernel-modules.ts";
import { ScriptedProcesses } from "../../../support/scripted-processes.ts";

describe("loadKernelModules", () => {
  it("loads what dockerd in a machine cannot load itself", async () => {
    const processes = new ScriptedProcesses({ modprobe: "" });
    await loadKernelModules(processes);
    expect(processes.ran.map(({ argv }) => argv.join(" "))).toEqual([
      "modprobe --all --quiet br_netfilter ip_vs",
    ]);
  });

  it("does nothing on a host without modprobe", async () => {
    const processes = new ScriptedProcesses({});
    await loadKernelModules(processes);
    expect(processes.ran).toEqual([]);
  });
});

describe("kernelProblems", () => {
  it("names nothing that can be loaded", async () => {
    expect(await kernelProblems(new ScriptedProcesses({ modprobe: "" }))).toEqual([]);
  });
});
