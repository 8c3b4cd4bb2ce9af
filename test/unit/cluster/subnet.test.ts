import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf, gatewayAddress, roomForWorkers } from "../../../src/cluster/addresses.ts";
import {
  contains,
  formatSubnet,
  freeSubnet,
  isPrivate,
  normaliseSubnet,
  nthAddress,
  overlaps,
  parseSubnet,
  sizeOf,
  type Subnet,
  subnetAround,
} from "../../../src/cluster/subnet.ts";

const subnets = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }))
  .map(([address, prefix]) => subnetAround(address, prefix));

function subnet(text: string): Subnet {
  const parsed = parseSubnet(text);
  if (!parsed) throw new Error(`${text} is no subnet`);
  return parsed;
}

describe("subnet", () => {
  it("reads what it writes", () => {
    fc.assert(
      fc.property(subnets, (each) => {
        expect(parseSubnet(formatSubnet(each))).toEqual(each);
      }),
    );
  });

  it("overlaps in both directions, and with itself", () => {
    fc.assert(fc.property(subnets, subnets, (a, b) => overlaps(a, b) === overlaps(b, a) && overlaps(a, a)));
  });

  it("contains each of its own addresses and not the next one", () => {
    fc.assert(
      fc.property(subnets, fc.nat(), (each, seed) => {
        expect(contains(each, nthAddress(each, seed % sizeOf(each)) ?? "")).toBe(true);
        expect(nthAddress(each, sizeOf(each))).toBeUndefined();
      }),
    );
  });

  it.each([
    ["192.168.56.7/24", "192.168.56.0/24"],
    ["10.0.0.1", "10.0.0.1/32"],
    ["255.255.255.255/0", "0.0.0.0/0"],
    ["10.0.0.0/33", undefined],
    ["010.0.0.0/8", undefined],
    ["10/8", undefined],
    ["fd00::/8", undefined],
    ["default", undefined],
    ["", undefined],
  ])("normalises %j to %j", (text, expected) => {
    expect(normaliseSubnet(text)).toBe(expected);
  });

  it.each([
    ["10.0.0.0/8", true],
    ["172.16.0.0/12", true],
    ["192.168.0.0/16", true],
    ["172.16.0.0/11", false],
    ["192.168.0.0/15", false],
    ["127.0.0.0/24", false],
    ["169.254.0.0/16", false],
    ["100.64.0.0/10", false],
  ])("%s is private: %s", (text, expected) => {
    expect(isPrivate(subnet(text))).toBe(expected);
  });
});

describe("freeSubnet", () => {
  it("takes the first that overlaps nothing", () => {
    expect(freeSubnet([])).toBe("192.168.56.0/24");
    expect(freeSubnet(["192.168.56.0/22", "default", "192.168.60.9"])).toBe("192.168.61.0/24");
    expect(freeSubnet(["192.168.0.0/18"])).toBe("192.168.64.0/24");
    expect(freeSubnet(["192.168.56.0/21", "192.168.64.0/18"])).toBeUndefined();
    expect(
      freeSubnet([
        "192.168.56.0/21",
        "192.168.64.0/19",
        "192.168.96.0/20",
        "192.168.112.0/21",
        "192.168.120.0/22",
        "192.168.124.0/23",
        "192.168.126.0/24",
      ]),
    ).toBe("192.168.127.0/24");
  });
});

describe("addresses", () => {
  it.each([
    ["manager", "192.168.56.17"],
    ["manager2", "192.168.56.16"],
    ["manager16", "192.168.56.2"],
    ["manager17", undefined],
    ["manager1", undefined],
    ["manager02", undefined],
    ["node1", "192.168.56.18"],
    ["node237", "192.168.56.254"],
    ["node238", undefined],
    ["node0", undefined],
    ["node", undefined],
    ["other", undefined],
  ])("%s is at %s", (name, address) => {
    expect(addressOf(subnet("192.168.56.0/24"), name)).toBe(address);
  });

  it("knows the gateway and the room", () => {
    expect(gatewayAddress(subnet("10.1.2.0/24"))).toBe("10.1.2.1");
    expect(roomForWorkers(subnet("10.1.2.0/24"))).toBe(237);
    expect(roomForWorkers(subnet("10.1.2.0/27"))).toBe(13);
    expect(roomForWorkers(subnet("10.1.2.0/30"))).toBe(0);
  });
});
