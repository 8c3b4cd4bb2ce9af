import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kernelProblems, loadKernelModules } from "../../../../src/machine/nspawn/kernel-modules.ts";
import { ScriptedProcesses } from "../../../support/scripted-processes.ts";

describe("loadKernelModules", () => {
  it("loads what dockerd in a machine cannot load itself, and starts no program for what is there", async () => {
    const paths = { br_netfilter: "/proc/sys/net/bridge", ip_vs: "/proc/net/ip_vs" };
    const absent = Object.entries(paths).flatMap(([name, path]) => (existsSync(path) ? [] : [name]));
    const processes = new ScriptedProcesses({ modprobe: "" });
    await loadKernelModules(processes);
    expect(processes.ran.map(({ argv }) => argv.slice(3))).toEqual(absent.length === 0 ? [] : [absent]);
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
