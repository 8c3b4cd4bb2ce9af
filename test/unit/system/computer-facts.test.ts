import { totalmem } from "node:os";
import { describe, expect, it } from "vitest";
import { parseSubnet } from "../../../src/cluster/subnet.ts";
import { readComputerFacts } from "../../../src/system/computer-facts.ts";

describe("readComputerFacts", () => {
  it("has memory in MiB and links as networks, without loopback", () => {
    const { memoryMiB, cpus, links } = readComputerFacts();
    expect(memoryMiB).toBe(Math.floor(totalmem() / 2 ** 20));
    expect(cpus).toBeGreaterThan(0);
    expect(links.filter(({ subnet }) => parseSubnet(subnet) === undefined)).toEqual([]);
    expect(links.map(({ subnet }) => subnet)).not.toContain("127.0.0.1/8");
  });
});
