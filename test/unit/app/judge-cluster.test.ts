import { describe, expect, it } from "vitest";
import { judgeCluster, type ExaminedMachine } from "../../../src/app/judge-cluster.ts";
import { parseEngineInfo } from "../../../src/docker/engine-info.ts";
import type { MachineFacts } from "../../../src/docker/machine-facts.ts";

const nowMs = Date.parse("2026-01-01T00:00:00Z");
const dayMs = 86_400_000;

function machine(
  number: number,
  its: { readonly facts?: Partial<MachineFacts>; readonly info?: object; readonly skewMs?: number } = {},
): ExaminedMachine {
  const [name, address] = [`node${number}`, `192.168.56.${17 + number}`];
  const swarm = { LocalNodeState: "active", NodeID: `n${number}`, NodeAddr: address };
  return {
    name,
    address,
    clockSkewMs: its.skewMs ?? 0,
    engine: parseEngineInfo({ ID: `e${number}`, Swarm: swarm, ...its.info }),
    facts: {
      hostName: name,
      clockMs: nowMs,
      mtu: 1500,
      hasIpVs: true,
      freeBytes: 10 * 1024 ** 3,
      apiListeners: [`${address}:2376`],
      nodeCertificateEndMs: nowMs + 60 * dayMs,
      ...its.facts,
    },
  };
}

const judge = (...machines: readonly ExaminedMachine[]): readonly string[] =>
  judgeCluster({ name: "demo" }, machines, nowMs).map(
    ({ severity, where, what }) => `${severity} ${where ?? ""}: ${what}`,
  );

describe("judgeCluster", () => {
  it("finds nothing wrong with machines that are as they should be", () => {
    expect(judge(machine(1), machine(2), machine(3))).toEqual([]);
  });

  it.each([
    ["error demo: node1 and node2 have the same engine ID e1", machine(2, { info: { ID: "e1" } })],
    [
      "error demo: node1 and node2 have the same node ID n1",
      machine(2, { info: { Swarm: { NodeID: "n1", NodeAddr: "192.168.56.19" } } }),
    ],
    [
      "error demo: node1 and node2 have the same host name node1",
      machine(2, { facts: { hostName: "node1" } }),
    ],
    [
      "error demo: the machines' links take packets of different sizes (node1 1500, node2 1450)",
      machine(2, { facts: { mtu: 1450 } }),
    ],
    ["warning node2: its clock is 5 s ahead of this computer's", machine(2, { skewMs: 5000 })],
    ["error node2: its clock is 3600 s behind this computer's", machine(2, { skewMs: -3_600_000 })],
    [
      "error node2: the swarm knows it as 10.0.2.15, and its address is 192.168.56.19",
      machine(2, { info: { Swarm: { NodeID: "n2", NodeAddr: "10.0.2.15" } } }),
    ],
    [
      "error node2: its Docker API listens on *:2375, beyond the private address 192.168.56.19",
      machine(2, { facts: { apiListeners: ["192.168.56.19:2375", "127.0.0.1:2375", "*:2375"] } }),
    ],
    [
      "error node2: its certificate in the swarm has ended (2025-12-31T23:59:59.000Z)",
      machine(2, { facts: { nodeCertificateEndMs: nowMs - 1000 } }),
    ],
    [
      "error node2: its certificate in the swarm cannot be read",
      machine(2, { facts: { nodeCertificateEndMs: "unreadable" } }),
    ],
    [
      "warning node2: less than 1 GiB is left for Docker (200 MiB)",
      machine(2, { facts: { freeBytes: 200 * 1024 ** 2 } }),
    ],
    ["warning node2: its kernel has no ip_vs", machine(2, { facts: { hasIpVs: false } })],
  ])("%s", (expected, other) => {
    expect(judge(machine(1), other)).toEqual([expected]);
  });

  it("names a machine whose daemon is silent and whose address is gone", () => {
    const facts = {
      hostName: "node2",
      clockMs: nowMs,
      hasIpVs: true,
      freeBytes: 10 * 1024 ** 3,
      apiListeners: [],
    };
    const silent = { name: "node2", address: "192.168.56.19", clockSkewMs: 0, facts };
    expect(judge(machine(1), silent)).toEqual([
      "error node2: its Docker daemon does not answer",
      "error node2: none of its links has the address 192.168.56.19",
    ]);
  });
});
