import { describe, expect, it } from "vitest";
import type { Fault } from "../../../src/faults/fault.ts";
import { linkDeed } from "../../../src/faults/link-deeds.ts";
import { refusalOf, type FaultTerms } from "../../../src/faults/fault-refusal.ts";

const facts = {
  addresses: new Map([
    ["manager", "10.0.0.1"],
    ["node1", "10.0.0.2"],
    ["node2", "10.0.0.3"],
  ]),
  openPorts: [],
};

const rulesOf = (fault: Fault, machine: string, openPorts: readonly number[] = []): readonly string[] => {
  const { inject, heal } = linkDeed(fault, { id: "x-3f9c", machine, facts: { ...facts, openPorts } });
  expect(heal.args).toEqual(inject.args.slice(0, 1));
  return (inject.args[1] ?? "").split("\n").map((rule) => rule.replace("-A SWARMLAB-x-3f9c ", ""));
};

describe("linkDeed", () => {
  it("cuts a machine off from those of other groups, both ways", () => {
    const fault: Fault = { kind: "partition", groups: [["manager", "node1"], ["node2"]] };
    expect(rulesOf(fault, "manager")).toEqual(["-s 10.0.0.3 -j DROP", "-d 10.0.0.3 -j DROP"]);
    expect(rulesOf(fault, "node2")).toHaveLength(4);
  });

  it("leaves those alone that are in no group", () => {
    const rules = rulesOf({ kind: "partition", groups: [["manager"], ["node1"]] }, "manager");
    expect(rules.join()).not.toContain("10.0.0.3");
  });

  it("isolates a machine from all others", () => {
    const rules = rulesOf({ kind: "isolate", machine: "node1" }, "node1");
    expect(rules).toHaveLength(4);
    expect(rules.join()).not.toContain("10.0.0.2");
  });

  it("leaves ways between machines open, before anything is cut", () => {
    expect(rulesOf({ kind: "isolate", machine: "node1" }, "node1", [22]).slice(0, 2)).toEqual([
      "-p tcp --dport 22 -j RETURN",
      "-p tcp --sport 22 -j RETURN",
    ]);
  });

  it("blocks a port, though not for the machine itself", () => {
    const fault: Fault = { kind: "block", port: 7946, protocols: ["tcp", "udp"], machines: ["node1"] };
    expect(rulesOf(fault, "node1")).toEqual([
      "-i lo -j RETURN",
      "-o lo -j RETURN",
      "-p tcp --dport 7946 -j DROP",
      "-p udp --dport 7946 -j DROP",
    ]);
  });

  it("gives chains names that iptables takes: 28 characters at most", () => {
    const fault: Fault = { kind: "partition", groups: [["manager"], ["node1"]] };
    const { inject } = linkDeed(fault, { id: "partition-3f9c", machine: "node1", facts });
    expect(inject.args[0]?.length).toBeLessThanOrEqual(28);
  });

  it("slows down what goes to other machines", () => {
    const fault: Fault = { kind: "slow", delayMs: 20, rateKbit: null, machines: ["node1"] };
    const { inject } = linkDeed(fault, { id: "slow-3f9c", machine: "node1", facts });
    expect(inject.args).toEqual(["20", "", "10.0.0.1 10.0.0.3"]);
  });
});

describe("refusalOf", () => {
  const vagrant: FaultTerms = {
    impossible: {},
    fromOutside: false,
    ownsMachines: true,
    canKill: true,
    waysIn: [22],
  };
  const hosts = { ...vagrant, ownsMachines: false, canKill: false, waysIn: [2222] };
  const nspawn = { ...vagrant, fromOutside: true, impossible: { "skew-clock": "It has no clock." } };
  const block = (port: number, protocol: "tcp" | "udp"): Fault => ({
    kind: "block",
    port,
    protocols: [protocol],
    machines: ["node1"],
  });

  it.each([
    ["nspawn", nspawn, { kind: "skew-clock", machine: "node1", bySeconds: 1 }, false, "It has no clock."],
    ["nspawn", nspawn, { kind: "kill", machine: "node1" }, true, undefined],
    ["nspawn", nspawn, block(22, "tcp"), false, undefined],
    ["vagrant", vagrant, { kind: "kill", machine: "node1" }, false, undefined],
    ["vagrant", vagrant, { kind: "kill", machine: "node1" }, true, "cannot heal itself"],
    ["vagrant", vagrant, { kind: "stop", machine: "node1" }, true, undefined],
    ["vagrant", vagrant, { kind: "fill-disk", machine: "node1" }, false, undefined],
    ["vagrant", vagrant, block(22, "tcp"), false, "the way in"],
    ["vagrant", vagrant, block(22, "udp"), false, undefined],
    ["hosts", hosts, block(2222, "tcp"), false, "the way in"],
    ["hosts", hosts, { kind: "kill", machine: "node1" }, false, "not swarmlab's own"],
    ["hosts", hosts, { kind: "fill-disk", machine: "node1" }, false, "not swarmlab's own"],
  ] as const)("%s: %#", (_, terms, fault, timed, reason) => {
    const refusal = refusalOf(fault, timed, terms);
    if (reason === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toContain(reason);
  });
});
