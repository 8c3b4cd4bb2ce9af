import { expect, it } from "vitest";
import { cameDeaf } from "../../../src/swarm/gossip.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";
import { SleepClock } from "./swarm-fixtures.ts";

const entry = (who: string, text: string) =>
  JSON.stringify({ __REALTIME_TIMESTAMP: "1", SYSLOG_IDENTIFIER: who, MESSAGE: text });
const closes = entry(
  "dockerd",
  `level=error msg="node1(2ed7) Could not close DB: timeout waiting for leave broadcast"`,
);
const fails = entry(
  "dockerd",
  `level=error msg="error in agentInit: failed to create memberlist: Could not set up network transport: failed to obtain an address: Failed to start TCP listener on \\"0.0.0.0\\" port 7946: listen tcp 0.0.0.0:7946: bind: address already in use"`,
);
const listens = entry("dockerd", `level=info msg="API listen on /run/docker.sock"`);
const started = entry("systemd", "Started docker.service - Docker Application Container Engine.");

it.each([
  { title: "came into a swarm", lines: [started, listens], isDeaf: false },
  { title: "kept its port, and came into no swarm since", lines: [started, closes], isDeaf: false },
  {
    title: "could not listen when it came into a swarm",
    lines: [started, listens, closes, fails],
    isDeaf: true,
  },
  { title: "has started anew since", lines: [fails, started], isDeaf: false },
  { title: "has started anew since, without systemd", lines: [fails, listens], isDeaf: false },
  {
    title: "finds its port taken whenever it starts",
    lines: [listens, fails, started, listens],
    isDeaf: false,
  },
])("a daemon that $title: deaf is $isDeaf", async ({ lines, isDeaf }) => {
  const remote = new ScriptedRemote([{ match: "journalctl", result: { stdout: `${lines.join("\n")}\n` } }]);
  const { signal } = new AbortController();
  expect(await cameDeaf({ remote, clock: new SleepClock(), signal })).toBe(isDeaf);
});
