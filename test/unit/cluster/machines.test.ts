import { describe, expect, it } from "vitest";
import { closest } from "../../../src/cluster/closest.ts";
import { withMachines } from "../../../src/cluster/extend.ts";
import { loadCluster } from "../../../src/cluster/load.ts";
import { parseMemoryMiB } from "../../../src/cluster/memory.ts";
import { selectMachines } from "../../../src/cluster/select.ts";
import { FailureError } from "../../../src/failure.ts";

const load = (text: string | undefined) =>
  loadCluster({
    directory: "/lab",
    readText: (path) => Promise.resolve(path === "/lab/swarmlab.yaml" ? text : undefined),
    overrides: {},
  });

describe("loadCluster", () => {
  it("gives the default cluster without a file", async () => {
    const { cluster, warnings } = await load(undefined);
    expect(cluster.machines.map(({ name }) => name)).toEqual(["manager", "node1", "node2"]);
    expect(warnings).toEqual([]);
  });

  it("reads the file of the directory and makes the box absolute", async () => {
    expect((await load("name: lab\nbox: ./trees/base")).cluster).toMatchObject({
      name: "lab",
      box: "/lab/trees/base",
    });
    expect((await load("box: /srv/base")).cluster.box).toBe("/srv/base");
    expect((await load("box: ../base")).cluster.box).toBe("/base");
  });

  it("leaves the name of a Vagrant box as it is", async () => {
    expect((await load("box: bento/debian-12")).cluster.box).toBe("bento/debian-12");
  });

  it("throws what is wrong with the file", async () => {
    const error: unknown = await load("workers: 300").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FailureError);
    expect(error).toMatchObject({ failure: { kind: "config", problems: [{ where: "swarmlab.yaml:1:10" }] } });
  });
});

describe("withMachines", () => {
  it("adds machines in their order, with role and address from the name", async () => {
    const { cluster } = await load(
      "workers: 1\nresources: { worker: { memory: 256m } }\nlabels: { node1: { a: b } }\ndocker: { daemon: { debug: true }, daemon-by-role: { worker: { mtu: 1400 } }, daemon-by-machine: { node1: { mtu: 1300 } } }",
    );
    const { machines } = withMachines(cluster, [
      "node3",
      "stranger",
      "manager2",
      "node1",
      "node3",
      "node999",
    ]);
    expect(machines.map(({ name, address }) => [name, address])).toEqual([
      ["manager", "192.168.56.17"],
      ["manager2", "192.168.56.16"],
      ["node1", "192.168.56.18"],
      ["node3", "192.168.56.20"],
    ]);
    expect(machines[2]).toEqual(cluster.machines[1]);
    expect(machines[3]).toMatchObject({
      role: "worker",
      memoryMiB: 256,
      labels: {},
      daemon: { debug: true, mtu: 1400 },
    });
  });
});

describe("selectMachines", () => {
  const select = async (filter: string, text = "managers: 3") => {
    const result = selectMachines((await load(text)).cluster.machines, filter);
    return result.ok ? result.value.map(({ name }) => name) : result.failure;
  };

  it.each([
    ["node1", ["node1"]],
    ["node2, manager", ["manager", "node2"]],
    ["managers", ["manager", "manager2", "manager3"]],
    ["workers,node1", ["node1", "node2"]],
    ["all", ["manager", "manager2", "manager3", "node1", "node2"]],
    ["*2", ["manager2", "node2"]],
    ["node*", ["node1", "node2"]],
  ])("%s selects %j", async (filter, names) => {
    expect(await select(filter)).toEqual(names);
  });

  it("suggests a name for one it does not know", async () => {
    const known = ["manager", "node1", "node2"];
    const unknown = { kind: "unknown-machine", known };
    expect(await select("node1,nod2", "")).toEqual({ ...unknown, name: "nod2", suggestion: "node2" });
    expect(await select("worker", "")).toEqual({ ...unknown, name: "worker", suggestion: "workers" });
    expect(await select("x.*", "")).toEqual({ ...unknown, name: "x.*" });
    expect(await select("", "")).toEqual({ ...unknown, name: "" });
  });

  it("knows no workers where there are none", async () => {
    expect(await select("workers", "workers: 0")).toEqual({
      kind: "unknown-machine",
      name: "workers",
      known: ["manager"],
    });
  });
});

describe("closest", () => {
  it.each([
    ["mangers", "managers"],
    ["WORKERS", "workers"],
    ["dataPathPort", "data-path-port"],
    ["zebra", undefined],
    ["", undefined],
  ])("%j is meant as %j", (word, expected) => {
    expect(closest(word, ["managers", "workers", "data-path-port"])).toBe(expected);
  });
});

describe("parseMemoryMiB", () => {
  it.each([
    ["512m", 512],
    ["512M", 512],
    ["512MB", 512],
    ["512 MiB", 512],
    ["1g", 1024],
    ["1.5GiB", 1536],
    ["512", undefined],
    ["1TiB", undefined],
    ["m", undefined],
    ["-1g", undefined],
  ])("%j is %j", (text, expected) => {
    expect(parseMemoryMiB(text)).toBe(expected);
  });
});
