import { describe, expect, it } from "vitest";
import { machineLayout } from "../../../../src/machine/nspawn/layout.ts";
import {
  ensureNamespace,
  findHostNetworks,
  findLinks,
  findNamespaces,
  parseRoutes,
  removeLinks,
} from "../../../../src/machine/nspawn/network.ts";
import { ScriptedProcesses } from "../../../support/scripted-processes.ts";

const routes = `default via 10.1.2.1 dev eth0
10.1.2.0/24 dev eth0 proto kernel scope link src 10.1.2.9
192.168.56.0/24 dev sl0123456 proto kernel scope link src 192.168.56.1
172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown
blackhole 10.200.0.0/16
10.9.8.7 via 10.1.2.1 dev wg0
broadcast 10.1.2.255 dev eth0 table local proto kernel scope link src 10.1.2.9
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
local 10.1.2.9 dev eth0 table local proto kernel scope host src 10.1.2.9
`;

describe("parseRoutes", () => {
  it("reads every network but the default route, broadcasts and loopback", () => {
    expect(parseRoutes(routes)).toEqual([
      { subnet: "10.1.2.0/24", by: "a route on eth0" },
      { subnet: "192.168.56.0/24", by: "a route on sl0123456" },
      { subnet: "172.17.0.0/16", by: "a route on docker0" },
      { subnet: "10.200.0.0/16", by: "a route of this host" },
      { subnet: "10.9.8.7", by: "a route on wg0" },
      { subnet: "10.1.2.9", by: "a route on eth0" },
    ]);
  });

  it("finds nothing in nothing", () => {
    expect(parseRoutes("")).toEqual([]);
  });
});

describe("findHostNetworks", () => {
  it("leaves the cluster's own bridge out", async () => {
    const found = await findHostNetworks(new ScriptedProcesses({ "ip -4 route": routes }), "sl0123456");
    expect(found.map(({ by }) => by)).not.toContain("a route on sl0123456");
    expect(found).toHaveLength(5);
  });
});

describe("findLinks", () => {
  it("finds the bridge and its machines, and no link that only begins so", async () => {
    const links = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
7: sl0123456: <BROADCAST,MULTICAST,UP> mtu 1500
9: sl0123456.17@if2: <BROADCAST,MULTICAST,UP> mtu 1500 master sl0123456
11: sl0123456.170@if2: <BROADCAST,MULTICAST,UP> mtu 1500 master sl0123456
12: sl01234567: <BROADCAST,MULTICAST,UP> mtu 1500
`;
    const processes = new ScriptedProcesses({ "ip -o link": links });
    expect(await findLinks(processes, "sl0123456")).toEqual(["sl0123456", "sl0123456.17", "sl0123456.170"]);
    expect(await findLinks(processes, "sl0123456.17")).toEqual(["sl0123456.17"]);
  });
});

describe("findNamespaces", () => {
  it("finds a cluster's machines and not those of a cluster whose name goes on", async () => {
    const listed = "swarmlab-a-manager (id: 0)\nswarmlab-a-node1\nswarmlab-a-b-node1 (id: 2)\nother\n";
    const found = await findNamespaces(new ScriptedProcesses({ "ip netns list": listed }), "swarmlab-a-");
    expect(found).toEqual(["swarmlab-a-manager", "swarmlab-a-node1"]);
  });
});

describe("ensureNamespace", () => {
  const machine = machineLayout("/home", "a", "node1", 18);
  const options = { bridge: "br", machine, address: "10.0.0.18/24", gateway: "10.0.0.1" };
  const making = {
    "ip netns add swarmlab-a-node1": "",
    "ip -batch": "",
    "ip -n swarmlab-a-node1 -batch": "",
  };
  const commandsOf = ({ ran }: ScriptedProcesses) => ran.map(({ argv }) => argv.join(" "));

  it("makes namespace, link and address where there is nothing", async () => {
    const processes = new ScriptedProcesses(making);
    await ensureNamespace(processes, {
      ...options,
      present: { namespace: false, link: false, master: false },
    });
    expect(commandsOf(processes)).toEqual([
      "ip netns add swarmlab-a-node1",
      "ip -batch -",
      "ip -n swarmlab-a-node1 -batch -",
      "ip -batch -",
    ]);
    // What is done last shows that all is done.
    expect(processes.ran.at(-1)?.stdin).toBe(`link set ${machine.link} master br up\n`);
  });

  it("changes nothing when all of it is there", async () => {
    const processes = new ScriptedProcesses({});
    await ensureNamespace(processes, { ...options, present: { namespace: true, link: true, master: true } });
    expect(processes.ran).toEqual([]);
  });

  it("makes a half-made one anew", async () => {
    const remade = new ScriptedProcesses({ ...making, "ip netns delete swarmlab-a-node1": "" });
    await ensureNamespace(remade, { ...options, present: { namespace: true, link: false, master: false } });
    expect(commandsOf(remade)[0]).toBe("ip netns delete swarmlab-a-node1");
    const relinked = new ScriptedProcesses({ ...making, [`ip link delete ${machine.link}`]: "" });
    await ensureNamespace(relinked, { ...options, present: { namespace: false, link: true, master: true } });
    expect(commandsOf(relinked)[0]).toBe(`ip link delete ${machine.link}`);
    const addressed = new ScriptedProcesses({ ...making, "ip netns delete": "", "ip link delete": "" });
    await ensureNamespace(addressed, { ...options, present: { namespace: true, link: true, master: false } });
    expect(commandsOf(addressed).slice(0, 2)).toEqual([
      "ip netns delete swarmlab-a-node1",
      `ip link delete ${machine.link}`,
    ]);
  });
});

describe("removeLinks", () => {
  it.each(['Cannot find device "sl0.17"', "RTNETLINK answers: No such device"])(
    "a link that goes away meanwhile is gone: %s",
    async (stderr) => {
      const processes = new ScriptedProcesses({ "ip link delete sl0.17": { exitCode: 2, stderr } });
      await removeLinks(processes, ["sl0.17"]);
      expect(processes.ran).toHaveLength(1);
    },
  );
});
