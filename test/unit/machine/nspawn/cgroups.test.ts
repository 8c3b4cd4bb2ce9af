import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cgroupHost, removeEmptyCgroup, unitProperties } from "../../../../src/machine/nspawn/cgroups.ts";
import { temporaryDirectory } from "../../../support/program.ts";

const others = "overlay / overlay rw 0 0\nproc /proc proc rw 0 0\nsysfs /sys sysfs rw 0 0\n";
const v1 = `tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,nosuid,memory 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,nosuid,xattr,name=systemd 0 0
`;
const v1Paths = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/systemd"];

describe("cgroupHost", () => {
  it.each([
    ["v1", others + v1, { kind: "v1", hierarchies: v1Paths }],
    [
      "hybrid",
      `${others}cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n${v1}`,
      { kind: "v1", hierarchies: [...v1Paths, "/sys/fs/cgroup/unified"] },
    ],
    [
      "v2",
      `${others}cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n`,
      { kind: "v2", hierarchies: ["/sys/fs/cgroup"] },
    ],
    ["v2 elsewhere", `${others}none /cg cgroup2 rw 0 0\n`, { kind: "v2", hierarchies: ["/cg"] }],
  ])("reads %s from the mounts", (_, mounts, host) => {
    expect(cgroupHost(mounts, false)).toEqual(host);
  });

  it("leaves the groups to systemd where it runs", () => {
    expect(cgroupHost(others + v1, true)).toEqual({ kind: "systemd" });
  });
});

describe("unitProperties", () => {
  it.each([
    [{}, []],
    [{ memoryMiB: 512 }, ["--property=MemoryMax=512M"]],
    [{ cpus: 1.5 }, ["--property=CPUQuota=150%"]],
    [{ memoryMiB: 64, cpus: 0.1 }, ["--property=MemoryMax=64M", "--property=CPUQuota=10%"]],
  ])("turns %j into options", (limits, options) => {
    expect(unitProperties(limits)).toEqual(options);
  });
});

describe("removeEmptyCgroup", () => {
  it("removes what is there where nothing is in it", async () => {
    const root = await temporaryDirectory();
    await mkdir(join(root, "memory/swarmlab"), { recursive: true });
    const hierarchies = ["memory", "pids"].map((name) => join(root, name));
    expect(await removeEmptyCgroup(hierarchies, "swarmlab")).toBe(true);
    expect(await readdir(join(root, "memory"))).toEqual([]);
  });

  it("leaves the cluster of another home alone", async () => {
    const root = await temporaryDirectory();
    await mkdir(join(root, "memory/swarmlab/other"), { recursive: true });
    expect(await removeEmptyCgroup([join(root, "memory")], "swarmlab")).toBe(false);
    expect(await readdir(join(root, "memory/swarmlab"))).toEqual(["other"]);
  });
});
