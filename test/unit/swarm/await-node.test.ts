import { describe, expect, it } from "vitest";
import { knownNodes } from "../../../src/swarm/await-node.ts";
import { activeAs, membershipWith, nodeOf, observedOf, swarmOf } from "./swarm-fixtures.ts";

describe("knownNodes", () => {
  const manager1 = activeAs("id-manager1");
  const swarm = swarmOf([nodeOf("manager1"), nodeOf("node1")]);

  it("leaves out machines whose entry is gone, and those that are not in", () => {
    const joining = membershipWith({ state: "pending", nodeId: "id-node1" });
    const observed = observedOf({ manager1, node1: joining, node2: activeAs("removed") }, [swarm]);
    expect([...knownNodes(observed)]).toEqual([["manager1", "id-manager1"]]);
  });

  it("knows none where no manager has a leader", () => {
    const observed = observedOf({ manager1 }, [], new Map([["manager1", "no leader"]]));
    expect(knownNodes(observed).size).toBe(0);
  });
});
