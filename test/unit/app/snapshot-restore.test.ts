import { expect, it } from "vitest";
import { describeRestore } from "../../../src/app/snapshot-restore.ts";
import type { Machine } from "../../../src/machine/provider.ts";
import { clusterOf, machineOf } from "../swarm/swarm-fixtures.ts";

const snapshot = { name: "before", savedAt: "2026-01-31T12:34:56.789Z", machines: ["manager", "node1"] };

function describeWith(machines: Readonly<Record<string, Machine["state"]>>): string {
  const found = Object.entries(machines).map(([name, state]) => [name, { name, state }] as const);
  return describeRestore(
    { cluster: clusterOf([machineOf("manager"), machineOf("node1")]), machines: new Map(found) },
    snapshot,
  );
}

it("says what is lost", () => {
  expect(describeWith({ manager: "running", node1: "absent" })).toMatch(
    /^replace all that the machines of \S+ hold by the snapshot before of 2026-01-31T12:34:56.789Z$/,
  );
});

it("names the machines that go with it", () => {
  expect(describeWith({ manager: "running", node1: "stopped", node2: "running", node3: "absent" })).toMatch(
    /, and remove node2, which the snapshot has not$/,
  );
});
