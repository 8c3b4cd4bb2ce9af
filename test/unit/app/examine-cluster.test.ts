import { expect, it } from "vitest";
import { examineCluster } from "../../../src/app/examine-cluster.ts";
import type { Connections } from "../../../src/app/connections.ts";
import type { Lab } from "../../../src/app/open-lab.ts";
import type { Context } from "../../../src/context.ts";
import { ScriptedEngine } from "../../support/scripted-engine.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";
import { clusterOf } from "../../support/vagrant-hosts.ts";
import { infoOf } from "../swarm/engine-answers.ts";
import { SleepClock } from "../swarm/swarm-fixtures.ts";

it("a machine whose tools print nothing is a problem of that machine", async () => {
  const cluster = clusterOf("provider: nspawn\nmanagers: 1\nworkers: 0\n");
  const remote = new ScriptedRemote([{ match: "sh -s", result: { stderr: "sh: base64: not found\n" } }]);
  const engine = new ScriptedEngine("manager", { "GET /info": [infoOf({})] });
  const { signal } = new AbortController();
  const found = await examineCluster({
    context: { signal, clock: new SleepClock() } as unknown as Context,
    lab: {
      cluster,
      machines: new Map([["manager", { name: "manager", state: "running" }]]),
      provider: { stateDirectory: () => "/nonexistent" },
    } as unknown as Lab,
    connections: {
      remote: () => Promise.resolve(remote),
      engine: () => Promise.resolve(engine),
    } as unknown as Connections,
  });
  expect(found).toEqual({
    machines: [],
    problems: [
      {
        severity: "error",
        where: "node1",
        what: "it answers, and tells nothing about itself",
        why: "sh: base64: not found",
        remedy: "Look at it: swarmlab ssh node1",
      },
    ],
  });
});
