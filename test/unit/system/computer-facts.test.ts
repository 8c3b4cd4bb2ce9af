import { readFileSync } from "node:fs";
import { type NetworkInterfaceInfo, networkInterfaces, totalmem } from "node:os";
import { describe, expect, it } from "vitest";
import { parseSubnet } from "../../../src/cluster/subnet.ts";
import { parseRoutes, readComputerFacts } from "../../../src/system/computer-facts.ts";

describe("readComputerFacts", () => {
  it("has the MACs of running links", () => {
    const isOutward = ({ family, internal }: NetworkInterfaceInfo) => family === "IPv4" && !internal;
    const [running] = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses.filter(isOutward).map(({ mac }) => ({ name, mac })),
    );
    const { links } = readComputerFacts();
    if (running !== undefined) expect(links).toContainEqual(expect.objectContaining(running));
  });

  it("has memory in MiB and links as networks, without loopback", () => {
    const { memoryMiB, cpus, links } = readComputerFacts();
    expect(memoryMiB).toBe(Math.floor(totalmem() / 2 ** 20));
    expect(cpus).toBeGreaterThan(0);
    expect(links.filter(({ subnet }) => parseSubnet(subnet) === undefined)).toEqual([]);
    expect(links.map(({ subnet }) => subnet)).not.toContain("127.0.0.1/8");
  });
});

describe("parseRoutes", () => {
  it("has the networks of links, also of those without a carrier, and none behind a gateway", () => {
    const file = new URL("../../fixtures/vagrant-host/proc-net-route.txt", import.meta.url);
    expect(parseRoutes(readFileSync(file, "utf8"))).toEqual([
      { name: "eth0", subnet: "192.0.2.0/24" },
      { name: "vboxnet0", subnet: "192.168.56.0/24" },
      { name: "docker0", subnet: "172.17.0.0/16" },
    ]);
  });

  it("reads nothing from what is no table", () => {
    expect(parseRoutes("")).toEqual([]);
  });
});
