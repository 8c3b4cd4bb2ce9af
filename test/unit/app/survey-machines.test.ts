import { describe, expect, it } from "vitest";
import type { Connections } from "../../../src/app/connections.ts";
import type { Lab } from "../../../src/app/open-lab.ts";
import { surveyMachines } from "../../../src/app/survey-machines.ts";
import type { Context } from "../../../src/context.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";
import { clusterOf } from "../../support/vagrant-hosts.ts";
import { SleepClock } from "../swarm/swarm-fixtures.ts";

const section = (name: string, text: string) => `${name} ${Buffer.from(text).toString("base64")}\n`;
const observed =
  section("init", "systemd") +
  section("whole", "yes") +
  section("dockerd", "Docker version 20.10.24+dfsg1, build 1") +
  section("service", "active") +
  section("answer", "no\n");

describe("surveyMachines", () => {
  it("passes over a daemon that runs and does not answer: up restarts it", async () => {
    const cluster = clusterOf(
      "provider: hosts\nhosts:\n  manager: { address: 192.0.2.17 }\ndocker: { tcp: off }\n",
    );
    const remote = new ScriptedRemote([{ match: "sh -s", result: { stdout: observed } }], {
      machine: "manager",
    });
    const engines = await surveyMachines({
      context: { signal: new AbortController().signal, clock: new SleepClock() } as unknown as Context,
      lab: { directory: "/nonexistent", cluster, provider: { stateDirectory: () => "/x" } } as unknown as Lab,
      connections: { remote: () => Promise.resolve(remote) } as unknown as Connections,
      force: false,
    });
    expect(engines.size).toBe(0);
    expect(remote.outstanding).toEqual([]);
  });
});
