import { describe, expect, it } from "vitest";
import { drainNode } from "../../../src/swarm/drain.ts";
import { FailureError } from "../../../src/failure.ts";
import { ScriptedEngine } from "../../support/scripted-engine.ts";
import { clusterOf, machineOf, SleepClock } from "./swarm-fixtures.ts";
import { infoOf, nodeData } from "./engine-answers.ts";

const services = [
  { ID: "s1", Spec: { Name: "web" } },
  { ID: "s2", Spec: { Name: "agent" } },
];
const task = (name: string, node: string, state: string, desired = "running"): unknown => ({
  ServiceID: name === "agent" ? "s2" : "s1",
  ...(name !== "agent" && { Slot: Number(name.split(".")[1]) }),
  NodeID: node,
  DesiredState: desired,
  Status: { State: state },
});

function drain(tasks: readonly (readonly unknown[])[]) {
  const manager = new ScriptedEngine("manager1", {
    "GET /info": [
      infoOf({ LocalNodeState: "active", NodeID: "m", ControlAvailable: true, Cluster: { ID: "c1" } }),
    ],
    "GET /nodes/n1": [nodeData("n1", { version: 7 })],
    "POST /nodes/n1/update?version=7": [null],
    "GET /tasks": tasks,
    "GET /services": [services],
  });
  const node = new ScriptedEngine("node1", {
    "GET /info": [infoOf({ LocalNodeState: "active", NodeID: "n1" })],
  });
  const done = drainNode("node1", {
    cluster: clusterOf([machineOf("manager1"), machineOf("node1")]),
    engines: new Map([manager, node].map((engine) => [engine.machine, engine])),
    clock: new SleepClock(),
    signal: new AbortController().signal,
  });
  return { done, manager };
}

const before = [
  task("web.1", "n1", "running"),
  task("agent", "n1", "running"),
  task("web.2", "m", "running"),
];
const moved = [
  task("web.1", "n1", "shutdown", "shutdown"),
  task("agent", "n1", "shutdown", "shutdown"),
  task("web.1", "m", "running"),
];

describe("drainNode", () => {
  it("drains, and waits until the tasks have ended and those in their place run", async () => {
    const ending = [task("web.1", "n1", "running", "shutdown"), task("web.1", "m", "preparing")];
    const starting = [...moved.slice(0, 2), task("web.1", "m", "starting")];
    const { done, manager } = drain([before, ending, starting, starting, moved]);
    expect(await done).toBeUndefined();
    expect(manager.changes).toEqual([
      {
        request: "POST /nodes/n1/update?version=7",
        body: { Role: "worker", Availability: "drain", Labels: { mine: "x" } },
      },
    ]);
    expect(manager.calls.filter(({ request }) => request === "GET /tasks")).toHaveLength(5);
  });

  it("says what does not start elsewhere", async () => {
    const { done } = drain([before, [...moved.slice(0, 2), task("web.1", "", "pending")]]);
    expect(await done).toBe("not running elsewhere: web.1 (pending)");
  });

  it("gives up where tasks do not end, and names them", async () => {
    const { done } = drain([before]);
    const error: unknown = await done.catch((thrown: unknown) => thrown);
    expect(error instanceof FailureError && error.failure).toMatchObject({
      kind: "timeout",
      waitedFor: "the tasks on node1 to end",
      hint: "Still there: web.1 (running), agent (running). It gets no new ones; the same command waits again.",
    });
  });
});
