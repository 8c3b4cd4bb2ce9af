import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Connections } from "../../../src/app/connections.ts";
import { formSwarm, type SwarmWork } from "../../../src/app/form-swarm.ts";
import type { Lab } from "../../../src/app/open-lab.ts";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import type { Context } from "../../../src/context.ts";
import { FailureError } from "../../../src/failure.ts";
import { makeStateDirectory, unlockKeyFile, writePrivate } from "../../../src/state/lab-files.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";
import { infoOf, nodeData, swarmData } from "../swarm/engine-answers.ts";
import { addressOf, clusterOf, machineOf, SleepClock } from "../swarm/swarm-fixtures.ts";

const names = ["manager1", "manager2", "manager3"];
const cluster = clusterOf(names.map((name) => machineOf(name)));
const infoWithId = (ID: string, swarm: Readonly<Record<string, unknown>>): unknown => ({
  ...(infoOf(swarm) as object),
  ID,
});
const left = (name: string) =>
  new ScriptedEngine(name, { "GET /info": [infoWithId(name, { LocalNodeState: "inactive" })] });
const nodesWith = (others: string) =>
  names.map((name) =>
    nodeData(`id-${name}`, {
      hostname: name,
      role: "manager",
      addr: addressOf(name),
      reachability: name === "manager1" ? "reachable" : others,
    }),
  );
const refusal = new Refusal(
  400,
  "rpc error: code = FailedPrecondition desc = can't remove member from the raft: this would result in a loss of quorum",
);

const leaderInfo = infoWithId("manager1", {
  LocalNodeState: "active",
  NodeID: "id-manager1",
  NodeAddr: addressOf("manager1"),
  ControlAvailable: true,
  Cluster: { ID: "c1" },
  RemoteManagers: names.map((name) => ({ NodeID: `id-${name}`, Addr: `${addressOf(name)}:2377` })),
});
/** The leader of a swarm whose other managers have just left. */
const leader = (answers: Readonly<Record<string, readonly unknown[]>>) =>
  new ScriptedEngine("manager1", { "GET /info": [leaderInfo], ...answers });

function workWith(cluster: Cluster, all: readonly ScriptedEngine[]): SwarmWork {
  const engines = new Map(all.map((each) => [each.machine, each]));
  const context = {
    signal: new AbortController().signal,
    clock: new SleepClock(),
    emit: () => undefined,
    terminal: { interactive: false },
  } as unknown as Context;
  const lab = {
    directory: "/nonexistent",
    cluster,
    provider: { capabilities: { ownsMachines: true } },
  } as unknown as Lab;
  const connections = {
    engine: (_: Lab, name: string) => Promise.resolve(engines.get(name)),
    remote: () => Promise.resolve({}),
  } as unknown as Connections;
  return { context, lab, connections, force: false, maxWorkers: 2 };
}

async function form(first: ScriptedEngine) {
  try {
    await formSwarm(workWith(cluster, [first, left("manager2"), left("manager3")]));
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  return undefined;
}

describe("formSwarm", () => {
  it("goes round again where the leader turns out to have lost its majority: then it has stepped down", async () => {
    const first = leader({
      "GET /swarm": [
        swarmData({ Labels: { "swarmlab.cluster": "demo" } }),
        new Refusal(503, "The swarm does not have a leader."),
      ],
      "GET /nodes": [nodesWith("reachable"), nodesWith("unreachable")],
      "GET /nodes/id-manager2": [nodesWith("unreachable")[1]],
      "POST /nodes/id-manager2/update?version=1": [refusal],
    });
    expect(await form(first)).toEqual({
      kind: "quorum-lost",
      reachable: ["manager1"],
      needed: 2,
      managers: 3,
    });
    expect(first.calls.filter(({ request }) => request === "GET /swarm")).toHaveLength(2);
    expect(first.changes).toHaveLength(1);
  });

  it.each([
    { force: false, title: "does not give up a swarm whose kept key does not fit" },
    { force: true, title: "gives it up where that is forced" },
  ])("$title", async ({ force }) => {
    const directory = await mkdtemp(join(tmpdir(), "swarmlab-test-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    await makeStateDirectory(directory);
    await writePrivate(unlockKeyFile(directory), "of yesterday\n");
    const locked = new ScriptedEngine("manager1", {
      "GET /info": [infoWithId("manager1", { LocalNodeState: "locked" })],
      "POST /swarm/unlock": [new Refusal(400, "invalid key, node is still locked")],
      "POST /swarm/leave?force=true": [new Refusal(500, "it was asked to leave")],
    });
    const work = workWith(clusterOf([machineOf("manager1")], { autolock: true }), [locked]);
    const formed = formSwarm({ ...work, lab: { ...work.lab, directory }, force });
    await expect(formed).rejects.toMatchObject({ failure: { kind: force ? "engine-api" : "swarm-locked" } });
    expect(locked.changes.map(({ request }) => request)).toEqual([
      "POST /swarm/unlock",
      ...(force ? ["POST /swarm/leave?force=true"] : []),
    ]);
  });

  it("does not ask again for what a daemon has told just now, where all is as wanted", async () => {
    const alone = new ScriptedEngine("manager1", {
      "GET /swarm": [swarmData({ Labels: { "swarmlab.cluster": "demo" } })],
      "GET /nodes": [nodesWith("reachable").slice(0, 1)],
      "GET /networks/ingress": [new Refusal(404, "network ingress not found")],
    });
    const heard = new Map([["manager1", new Map([["/info", leaderInfo]])]]);
    const { infos } = await formSwarm(workWith(clusterOf([machineOf("manager1")]), [alone]), { heard });
    expect([...infos.values()]).toMatchObject([{ id: "manager1" }]);
    expect(alone.calls.map(({ request }) => request)).not.toContain("GET /info");
  });
});
