import { describe, expect, it } from "vitest";
import { duplicateEngineIds } from "../../../src/docker/ensure-engine-identity.ts";

describe("duplicateEngineIds", () => {
  it("names all but the first of those that share an ID", () => {
    const ids = { manager: "A", node1: "B", node2: "A", node3: "A", node4: "B", node5: "C" };
    expect(duplicateEngineIds(new Map(Object.entries(ids)))).toEqual(["node2", "node3", "node4"]);
  });

  it("compares no empty IDs", () => {
    expect(duplicateEngineIds(new Map(Object.entries({ manager: "", node1: "" })))).toEqual([]);
  });
});
