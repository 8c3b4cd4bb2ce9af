import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../src/failure.ts";
import { infos, nodeData, threeNodes } from "../../../support/pretended-world.ts";
import { Refusal } from "../../../support/scripted-engine.ts";
import { lookLine } from "./look.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** It has left its swarm. */
const noManager = {
  "/info": { Swarm: { LocalNodeState: "inactive" } },
  "/swarm": new Refusal(503, "This node is not a swarm manager."),
};

describe("nodes", () => {
  const nodes = (check: object, list: readonly unknown[] = threeNodes) =>
    lookLine({ kind: "nodes", ...check }, { manager: { "/nodes": list } });

  it.each([
    [{}],
    [{ "own-address": true, managers: 1, leader: "manager" }],
    [{ nodes: ["node1"], role: "worker", availability: "active" }],
    [{ nodes: [], "leader-not": "node1" }],
  ])("passes: %j", async (check) => {
    expect(await nodes(check)).toBe("pass");
  });

  it("tells the first thing that is wrong", async () => {
    expect(await nodes({ nodes: ["node1"], role: "manager" })).toBe(
      "fail: node1 is a manager | it is a worker",
    );
    expect(await nodes({}, threeNodes.slice(0, 2))).toBe(
      "fail: node2 is a node of the swarm | it is not in the list of nodes",
    );
    const elsewhere = [nodeData("manager", { id: "m", addr: "10.0.2.15" })];
    expect(await nodes({ nodes: ["manager"], "own-address": true }, elsewhere)).toBe(
      "fail: manager is known by its address 192.168.56.17 | it is known by 10.0.2.15",
    );
    expect(await nodes({ nodes: ["node1"], labels: { disk: "ssd" } })).toBe(
      "fail: node1 has the label disk=ssd | it has no label disk",
    );
    expect(await nodes({ absent: ["node2"] })).toBe(
      "fail: node2 is no node of the swarm | it is in the list, ready",
    );
    expect(await nodes({ nodes: [], leader: "node1" })).toBe("fail: node1 leads | manager leads");
  });

  it("finds a node that came back beside its old entry", async () => {
    const old = nodeData("node1", { id: "old", addr: "192.168.56.18", state: "down" });
    expect(await nodes({}, [old, ...threeNodes])).toBe("pass");
  });

  it("waits for what is on its way: a state, and a promoted node that raft does not know yet", async () => {
    const down = nodeData("node1", { id: "w1", addr: "", state: "down" });
    expect(await nodes({ nodes: ["node1"] }, [down])).toBe("converging: node1 is ready | it is down");
    const promoted = nodeData("node1", { id: "w1", addr: "192.168.56.18", role: "manager" });
    expect(await nodes({ nodes: [], managers: 2 }, [...threeNodes.slice(0, 1), promoted])).toMatch(
      /^converging: 2 managers/,
    );
  });

  it("is the learner's to mend where no machine is a manager, and waits for a leader", async () => {
    expect(await lookLine({ kind: "nodes" }, { manager: noManager })).toBe(
      "fail: a manager of a swarm | no machine that answers is one",
    );
    const answer = new Refusal(500, "The swarm does not have a leader.");
    expect(await lookLine({ kind: "nodes" }, { manager: { "/nodes": answer } })).toBe(
      "converging: a swarm that has a leader | The swarm does not have a leader.",
    );
  });

  it("waits where one is dead and the others take long to say that nobody leads", async () => {
    const machine = "manager";
    const dead = new FailureError({ kind: "unreachable", machine, address: "", reason: "refused", hint: "" });
    const slow = new FailureError({ kind: "timeout", waitedFor: "GET /info", afterMs: 10_000, hint: "" });
    const saying = (failure: FailureError) => ({ "/swarm": failure, "/info": failure });
    expect(
      await lookLine({ kind: "nodes" }, { manager: saying(dead), node1: saying(slow), node2: saying(slow) }),
    ).toBe("converging: a swarm that has a leader | no manager answers in time");
    await expect(
      lookLine({ kind: "nodes" }, { manager: saying(dead), node1: saying(dead), node2: saying(dead) }),
    ).rejects.toBe(dead);
  });

  it("asks another one where the first machine manages no swarm", async () => {
    const node1 = { "/info": infos.manager, "/nodes": threeNodes };
    expect(await lookLine({ kind: "nodes" }, { manager: noManager, node1 })).toBe("pass");
  });

  it("spares the manager the question that starts programs", async () => {
    const costly = new Refusal(500, "it was asked for /info");
    const manager = { "/info": costly, "/nodes": threeNodes };
    expect(await lookLine({ kind: "nodes" }, { manager })).toBe("pass");
  });
});

describe("swarm", () => {
  it("compares with the start of the lab", async () => {
    const world = { manager: { "/swarm": { ID: "swarm-1" } } };
    expect(await lookLine({ kind: "swarm", changed: ["id"] }, world)).toBe("pass");
    expect(await lookLine({ kind: "swarm", kept: ["id"] }, world)).toBe(
      "fail: the swarm's ID is the one from the start of this lab | it is another one",
    );
    expect(await lookLine({ kind: "swarm", changed: ["members"] }, world)).toBe(
      "fail: node1 has left the old swarm | it is still the same node as at the start of this lab",
    );
  });

  it("knows that all have left, even where there is no swarm any more", async () => {
    const left = { "/info": { Swarm: { LocalNodeState: "inactive", NodeID: "" } } };
    expect(
      await lookLine({ kind: "swarm", changed: ["members"] }, { manager: left, node1: left, node2: left }),
    ).toBe("pass");
  });

  it("reads configs by their exact name, and never the value of a secret", async () => {
    const configs = [{ ID: "1", Spec: { Name: "motd", Data: base64("hello xyzxyz\n") } }];
    const world = {
      manager: { "/swarm": {}, "/configs": configs, "/secrets": [{ ID: "2", Spec: { Name: "key" } }] },
    };
    expect(await lookLine({ kind: "swarm", config: "motd", data: "hello {{nonce}}" }, world)).toBe("pass");
    expect(await lookLine({ kind: "swarm", config: "motd", data: "bye" }, world)).toBe(
      "fail: the config motd holds bye | it holds hello xyzxyz",
    );
    expect(await lookLine({ kind: "swarm", config: "mot" }, world)).toBe(
      "fail: there is a config mot | there is none",
    );
    expect(await lookLine({ kind: "swarm", secret: "key" }, world)).toBe("pass");
    expect(await lookLine({ kind: "swarm", secret: "key", exists: false }, world)).toBe(
      "fail: there is no secret key | it is there",
    );
  });
});

describe("daemon", () => {
  it("asks each daemon for its own word", async () => {
    expect(await lookLine({ kind: "daemon", swarm: "active" }, {})).toBe("pass");
    const inactive = { "/info": { Swarm: { LocalNodeState: "inactive" } } };
    expect(await lookLine({ kind: "daemon", swarm: "active" }, { node2: inactive })).toBe(
      "fail: the swarm state of node2 is active | inactive",
    );
    const labels = { "/info": { ...infos.node1, Labels: ["disk=ssd"] } };
    expect(
      await lookLine({ kind: "daemon", on: ["node1"], match: { Labels: ["disk=ssd"] } }, { node1: labels }),
    ).toBe("pass");
  });

  it("sees the ports that are listened on", async () => {
    const stdout = "LISTEN 0 4096 192.168.56.17:2377 0.0.0.0:* \nLISTEN 0 128 [::]:22 [::]:* \n";
    const world = () => ({ commands: { manager: [{ match: "ss", result: { stdout } }] } });
    expect(await lookLine({ kind: "daemon", on: ["manager"], ports: [2377, 22] }, world())).toBe("pass");
    expect(await lookLine({ kind: "daemon", on: ["manager"], ports: [7946] }, world())).toBe(
      "converging: something listens on TCP port 7946 of manager | nothing does",
    );
  });

  it("reads daemon.json, and takes one that is no JSON for an empty one", async () => {
    const world = (stdout: string) => ({
      commands: { node1: [{ match: "daemon.json", result: { stdout } }] },
    });
    const check = { kind: "daemon", on: ["node1"], config: { debug: true } };
    expect(await lookLine(check, world('{"debug":true}'))).toBe("pass");
    expect(await lookLine(check, world("{"))).toBe(
      "fail: debug in daemon.json of node1 is true | it is nothing",
    );
  });
});

describe("quiz", () => {
  const rightAnswers = { one: 1, two: 0 };
  it.each([
    [{}, "fail: 2 questions answered | 2 are open"],
    [{ one: 1 }, "fail: 2 questions answered | 1 are open"],
    [{ one: 1, two: 1 }, "fail: every answer is right | wrong: two"],
    [{ one: 1, two: 0 }, "pass"],
  ])("answers %j", async (answers, expected) => {
    expect(await lookLine({ kind: "quiz" }, { rightAnswers, attempt: { answers } })).toBe(expected);
  });
});
