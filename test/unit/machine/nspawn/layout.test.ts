import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { machineNames } from "../../../../src/cluster/machine-name.ts";
import { clusterLayout, machineLayout, machineOfCgroup } from "../../../../src/machine/nspawn/layout.ts";

const home = "/var/lib/swarmlab";
const clusterName = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/);
const machineName = fc.constantFrom(...machineNames({ managers: 16, workers: 40 }));

describe("layout", () => {
  it("gives each link a name that Linux takes: 15 characters at most", () => {
    const hostNumber = fc.integer({ min: 2, max: 65_534 });
    fc.assert(
      fc.property(clusterName, machineName, hostNumber, (cluster, name, number) => {
        const { bridge, linkPrefix } = clusterLayout(home, cluster);
        const { link } = machineLayout(home, cluster, name, number);
        expect(Math.max(bridge.length, link.length)).toBeLessThanOrEqual(15);
        expect(link.startsWith(`${linkPrefix}.`)).toBe(true);
      }),
    );
  });

  it("shares no name between two clusters", () => {
    fc.assert(
      fc.property(clusterName, clusterName, machineName, machineName, (a, b, nameA, nameB) => {
        fc.pre(a !== b);
        const own = new Set<unknown>(Object.values(machineLayout(home, a, nameA, 17)).slice(1));
        const others = Object.values(machineLayout(home, b, nameB, 17)).slice(1);
        expect(others.filter((value) => own.has(value))).toEqual([]);
      }),
    );
  });

  it("finds the machine in the names that it gives, and no other cluster does", () => {
    fc.assert(
      fc.property(clusterName, clusterName, machineName, (cluster, other, name) => {
        const { cgroup, unit } = machineLayout(home, cluster, name, 17);
        for (const line of [`0::/${cgroup}/payload/init.scope\n`, `0::/system.slice/${unit}/payload\n`]) {
          expect(machineOfCgroup(cluster, line)).toBe(name);
          if (other !== cluster) expect(machineOfCgroup(other, line)).toBeUndefined();
        }
      }),
    );
  });
});

describe("machineOfCgroup", () => {
  const v1 =
    "9:memory:/swarmlab/a/node1/system.slice/docker.service\n2:cpu,cpuacct:/swarmlab/a/node1\n0::/user.slice\n";

  it.each([
    ["cgroup v1", v1, "node1"],
    ["cgroup v1 where one hierarchy lost it", "9:memory:/\n2:cpu,cpuacct:/swarmlab/a/node1\n", "node1"],
    ["cgroup v2", "0::/swarmlab/a/manager\n", "manager"],
    ["cgroup v2 below", "0::/swarmlab/a/manager2/init.scope\n", "manager2"],
    ["a systemd unit", "0::/system.slice/swarmlab-a-node12.service/payload/init.scope\n", "node12"],
    ["a host in a container", "0::/docker/4711/swarmlab/a/node1\n", "node1"],
    ["another cluster that begins so", "0::/swarmlab/a-b/node1\n", undefined],
    ["another cluster's unit that begins so", "0::/system.slice/swarmlab-a-b-node1.service\n", undefined],
    ["another cluster that ends so", "0::/swarmlab/b-a/node1\n", undefined],
    ["another cluster's unit that ends so", "0::/system.slice/swarmlab-b-a-node1.service\n", undefined],
    ["another program that ends so", "0::/notswarmlab/a/node1\n", undefined],
    ["the cluster's own group", "0::/swarmlab/a\n", undefined],
    ["the rest of the host", "0::/user.slice/user-0.slice/session-1.scope\n", undefined],
    ["nothing", "", undefined],
  ])("reads %s", (_, procCgroup, machine) => {
    expect(machineOfCgroup("a", procCgroup)).toBe(machine);
  });
});
