import { webcrypto } from "node:crypto";
import "reflect-metadata";
import { X509CertificateGenerator } from "@peculiar/x509";
import { describe, expect, it } from "vitest";
import type { Connections } from "../../../src/app/connections.ts";
import type { Lab } from "../../../src/app/open-lab.ts";
import { actionSteps, certificateStep, foundingStep, restartStep } from "../../../src/app/swarm-steps.ts";
import type { Context } from "../../../src/context.ts";
import type { Machine } from "../../../src/machine/provider.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";
import { infoOf } from "../swarm/engine-answers.ts";
import { clusterOf, machineOf, SleepClock } from "../swarm/swarm-fixtures.ts";

const cluster = clusterOf([machineOf("manager1")]);

describe("the first manager of a new cluster", () => {
  const free = infoOf({ LocalNodeState: "inactive" });
  const leader = infoOf({
    LocalNodeState: "active",
    NodeID: "id-manager1",
    ControlAvailable: true,
    Cluster: { ID: "c1" },
  });

  /** What is asked of its engine, which tells these things of itself, and what the step says. */
  async function found(infos: readonly unknown[], isReady = true) {
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [...infos],
      "POST /swarm/init": ["id-manager1"],
    });
    const { signal } = new AbortController();
    const work = {
      context: { clock: new SleepClock(), signal } as unknown as Context,
      lab: { directory: "/nonexistent", cluster, machines: new Map() } as unknown as Lab,
      connections: { engine: () => Promise.resolve(engine) } as unknown as Connections,
    };
    const said = await foundingStep(work, "manager1", () => isReady).run({ signal, report: () => undefined });
    return { said, requests: engine.changes.map(({ request }) => request) };
  }

  it("begins the swarm as soon as its daemon is ready", async () => {
    expect(await found([free, leader])).toEqual({ said: "started", requests: ["POST /swarm/init"] });
  });

  it("does not begin one in a daemon that is to be restarted, or that came with a swarm", async () => {
    expect(await found([], false)).toEqual({ said: "later", requests: [] });
    expect(await found([leader])).toEqual({ said: "later", requests: [] });
  });
});

describe("a machine that was there before and joins a swarm", () => {
  const started = infoOf({
    LocalNodeState: "active",
    NodeID: "id-manager1",
    ControlAvailable: true,
    Cluster: { ID: "c1" },
  });

  /** Commands that the machine gets for this action, and what of its engine was changed before. */
  async function commandsFor(state: Machine["state"]) {
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [started],
      "POST /swarm/init": ["id-manager1"],
    });
    const changedBefore: number[] = [];
    const isLook = () => changedBefore.push(engine.changes.length) > 0;
    const remote = new ScriptedRemote([{ match: isLook, result: { stdout: "freed\n" } }], {
      machine: "manager1",
    });
    const { signal } = new AbortController();
    const work = {
      context: { clock: new SleepClock(), signal } as unknown as Context,
      lab: {
        directory: "/nonexistent",
        cluster,
        machines: new Map([["manager1", { name: "manager1", state }]]),
        provider: { capabilities: { ownsMachines: true } },
      } as unknown as Lab,
      connections: { remote: () => Promise.resolve(remote) } as unknown as Connections,
    };
    const action = { kind: "init", machine: "manager1", reason: "" } as const;
    const step = actionSteps(work, new Map([["manager1", engine]]), [action]).get(action);
    const said = await step?.run({ signal, report: () => undefined });
    expect(engine.changes.map(({ request }) => request)).toEqual(["POST /swarm/init"]);
    return { commands: remote.calls.map(({ argv }) => argv.join(" ")), changedBefore, said };
  }

  it("lets go of what it still listens for from the swarm before; a new one has nothing to let go of", async () => {
    const { commands, changedBefore, said } = await commandsFor("running");
    expect(commands).toEqual([expect.stringContaining(":7946")]);
    expect(changedBefore).toEqual([0]);
    expect(said).toBe("its Docker daemon was restarted, for it still listened for the swarm before");
    expect(await commandsFor("absent")).toEqual({ commands: [], changedBefore: [], said: undefined });
  });
});

it("the dead entries of one machine are removed by steps of different IDs", () => {
  const removal = (nodeId: string) =>
    ({ kind: "remove-node", machine: "node1", reason: "", nodeId, role: "worker" }) as const;
  const work = { context: {} } as unknown as Parameters<typeof actionSteps>[0];
  const steps = actionSteps(work, new Map(), [removal("one"), removal("two")]);
  expect([...steps.values()].map(({ id }) => id)).toEqual([
    "swarm/remove-node/node1",
    "swarm/remove-node/node1/2",
  ]);
});

describe("the restart of the daemon after a new start of the swarm", () => {
  const standing = (swarm: Readonly<Record<string, unknown>>) =>
    infoOf({ NodeID: "id-manager1", ControlAvailable: true, ...swarm });
  const electing = standing({ LocalNodeState: "active" });

  it.each([
    ["leads", standing({ LocalNodeState: "active", Cluster: { ID: "c1" } })],
    ["asks for the unlock key", standing({ LocalNodeState: "locked" })],
  ])("ends when the manager %s: before that the quorum seems lost once more", async (_, last) => {
    const engine = new ScriptedEngine("manager1", {
      "GET /info": [electing, new Refusal(500, "context deadline exceeded"), last],
    });
    const remote = new ScriptedRemote([{ match: "systemctl restart docker" }], { machine: "manager1" });
    const { signal } = new AbortController();
    const work = {
      context: { clock: new SleepClock() } as unknown as Context,
      lab: { provider: { capabilities: { ownsMachines: true } } } as unknown as Lab,
      connections: { remote: () => Promise.resolve(remote) } as unknown as Connections,
    };
    const step = restartStep(work, new Map([["manager1", engine]]), "manager1");
    await step.run({ signal, report: () => undefined });
    expect(remote.outstanding).toEqual([]);
    expect(engine.calls).toHaveLength(3);
  });
});

describe("a manager that was made a worker", () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
  const certificateOf = async (role: string): Promise<string> => {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const name = `CN=id-node1, OU=${role}, O=c1`;
    return (
      await X509CertificateGenerator.createSelfSigned({ name, keys, signingAlgorithm: algorithm }, webcrypto)
    ).toString("pem");
  };

  it("is one when its certificate says so, wherever its daemon keeps it", async () => {
    const engine = new ScriptedEngine("node1", { "GET /info": [{ DockerRootDir: "/srv/docker" }] });
    const match = "cat /srv/docker/swarm/certificates/swarm-node.crt";
    const remote = new ScriptedRemote([
      { match, result: { stdout: await certificateOf("swarm-manager") } },
      { match, result: { stdout: await certificateOf("swarm-worker") } },
    ]);
    const work = {
      context: { clock: new SleepClock() } as unknown as Context,
      lab: {} as unknown as Lab,
      connections: { remote: () => Promise.resolve(remote) } as unknown as Connections,
    };
    const step = certificateStep(work, new Map([["node1", engine]]), "node1");
    await step.run({ signal: new AbortController().signal, report: () => undefined });
    expect(remote.outstanding).toEqual([]);
  });
});
