import { describe, expect, it } from "vitest";
import { FailureError } from "../../../src/failure.ts";
import {
  labelsOf,
  parseIngressEnd,
  parseNode,
  parseNodes,
  parseSwarm,
} from "../../../src/swarm/parse-swarm.ts";
import { nodeData } from "./engine-answers.ts";

const node = { ID: "n1", Version: { Index: 3 }, Spec: { Role: "worker" } };
const swarm = { ID: "s1", Version: { Index: 3 }, Spec: {}, JoinTokens: { Worker: "SWMTKN-1-secret" } };

function failureOf(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    return error instanceof FailureError ? error.failure : error;
  }
}

describe("an engine's answer", () => {
  it.each([
    ["GET /nodes", "the answer is a string, not a list", () => parseNodes("<html>")],
    ["GET /nodes", "the answer is empty, not an object", () => parseNodes([null])],
    ["GET /nodes", "an object has no ID", () => parseNode({ ...node, ID: 1 })],
    ["GET /nodes", "n1 has no Version.Index", () => parseNode({ ...node, Version: null })],
    ["GET /swarm", "s1 has no Spec", () => parseSwarm({ ...swarm, Spec: [] })],
    ["GET /swarm", "the answer is a list, not an object", () => parseSwarm([swarm])],
  ])("to %s that is not of its API fails: %s", (request, wrong, parse) => {
    expect(failureOf(parse)).toEqual({ kind: "engine-answer", request, wrong });
  });

  it("takes a manager to be where the other managers seek it", () => {
    const moved = nodeData("m1", {
      addr: "10.99.0.11",
      managerAddr: "10.99.0.99:2377",
      reachability: "reachable",
    });
    expect(parseNode(moved).addr).toBe("10.99.0.99");
  });

  it("may leave out what nobody needs to know", () => {
    expect(parseNode(node)).toEqual({
      id: "n1",
      version: 3,
      hostname: "",
      role: "worker",
      availability: "active",
      state: "unknown",
      addr: "",
      labels: {},
      leader: false,
      reachability: undefined,
    });
    expect(parseSwarm(swarm).tokens).toEqual({ worker: "SWMTKN-1-secret", manager: "" });
    expect(parseIngressEnd(null)).toBeUndefined();
    expect(labelsOf({ Labels: { a: "b", c: 1 } })).toEqual({ a: "b" });
    expect(labelsOf({ Labels: null })).toEqual({});
  });
});
