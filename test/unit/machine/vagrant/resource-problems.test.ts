import { describe, expect, it } from "vitest";
import {
  demandOf,
  judgeComputer,
  judgeDisk,
  resourceProblems,
} from "../../../../src/machine/vagrant/resource-problems.ts";
import { defaultMemoryMiB } from "../../../../src/render/vagrantfile.ts";
import { clusterOf, vagrantHost } from "../../../support/vagrant-hosts.ts";

const demand = demandOf(clusterOf(""));

describe("demandOf", () => {
  it("fills in the defaults of VMs", () => {
    expect(demand).toEqual({ machines: 3, memoryMiB: 3 * defaultMemoryMiB, cpus: 1 });
    const text = "resources: { manager: { memory: 2GiB, cpus: 2.5 }, worker: { memory: 512MiB } }";
    expect(demandOf(clusterOf(text))).toEqual({ machines: 3, memoryMiB: 2048 + 2 * 512, cpus: 3 });
  });
});

describe("judgeComputer", () => {
  const severities = (memoryMiB: number, cpus = 8) =>
    judgeComputer({ memoryMiB, cpus }, demand).map(({ severity }) => severity);

  it("wants the machines' memory and a GiB more", () => {
    expect(severities(4096)).toEqual([]);
    expect(severities(4095)).toEqual(["warning"]);
    expect(severities(3072)).toEqual(["warning"]);
    expect(severities(3071)).toEqual(["error"]);
  });

  it("says both figures", () => {
    expect(judgeComputer({ memoryMiB: 2048, cpus: 8 }, demand)[0]?.what).toBe(
      "the machines ask for 3072 MiB of memory, and this computer has 2048",
    );
  });

  it("warns of a machine with more CPUs than there are", () => {
    expect(judgeComputer({ memoryMiB: 9000, cpus: 2 }, { ...demand, cpus: 4 })).toMatchObject([
      { severity: "warning", what: "a machine asks for 4 CPUs, and this computer has 2" },
    ]);
    expect(judgeComputer({ memoryMiB: 9000, cpus: 4 }, { ...demand, cpus: 4 })).toEqual([]);
  });
});

describe("resourceProblems", () => {
  it("tells of a drive that is not there, where Vagrant is to keep its boxes", async () => {
    const host = vagrantHost({
      facts: { platform: "win32" },
      environment: { VAGRANT_HOME: "D:\\vagrant.d" },
    });
    expect(await resourceProblems(host, clusterOf(""))).toMatchObject([
      { severity: "error", what: "there is no D:\\, where Vagrant is to keep its boxes" },
    ]);
  });
});

describe("judgeDisk", () => {
  it.each([
    [5120, []],
    [5119, ["warning"]],
    [2047, ["error"]],
  ])("%d MiB free: %j", (freeMiB, expected) => {
    expect(judgeDisk({ path: "/x", freeMiB }, demand).map(({ severity }) => severity)).toEqual(expected);
  });
});
