import { expect, it } from "vitest";
import { restartOrder } from "../../../src/app/restart-daemons.ts";
import { machineOf } from "../swarm/swarm-fixtures.ts";

it.each([
  [
    ["manager", "manager2", "manager3", "node1", "node2"],
    ["node1", "node2", "manager3", "manager2", "manager"],
  ],
  [
    ["manager", "node1", "node2"],
    ["manager", "node1", "node2"],
  ],
])("restarts of %j: %j", (machines, expected) => {
  const order = restartOrder(machines.map((name) => machineOf(name)));
  expect(order.map(({ name }) => name)).toEqual(expected);
});
