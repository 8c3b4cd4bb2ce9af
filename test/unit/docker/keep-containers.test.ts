import { describe, expect, it } from "vitest";
import { keepContainers } from "../../../src/docker/keep-containers.ts";
import { FailureError } from "../../../src/failure.ts";
import { ScriptedRemote, type ScriptedCall } from "../../support/scripted-remote.ts";

const { signal } = new AbortController();
const listing = (stdout: string): ScriptedCall => ({ match: "docker ps --no-trunc", result: { stdout } });

async function keep(script: readonly ScriptedCall[]) {
  const remote = new ScriptedRemote(script);
  const lost: unknown[] = [];
  const work = () => Promise.resolve("done");
  const done = await keepContainers({ remote, signal, work, tellLost: (names) => lost.push(names) });
  expect(remote.outstanding).toEqual([]);
  expect(remote.calls.every(({ sudo }) => sudo === true)).toBe(true);
  return { done, lost };
}

describe("keepContainers", () => {
  it("starts again what ran before and does not after, and no task of the swarm", async () => {
    const outcome = await keep([
      listing("a1 web \nb2 db \nc3 app.1.xyz 8xgr0tz3\n"),
      listing("b2 db \n"),
      { match: "docker start a1" },
    ]);
    expect(outcome).toEqual({ done: "done", lost: [] });
  });

  it("tells which do not come back", async () => {
    const outcome = await keep([
      listing("a1 web \nb2 once \n"),
      listing(""),
      { match: "docker start a1" },
      { match: "docker start b2", result: { exitCode: 1, stderr: "Error: No such container: b2\n" } },
    ]);
    expect(outcome.lost).toEqual([["once"]]);
  });

  it("starts again what ran where the work fails, says which do not come back, and fails with the work", async () => {
    const remote = new ScriptedRemote([
      listing("a1 web \nb2 once \n"),
      listing(""),
      { match: "docker start a1" },
      { match: "docker start b2", result: { exitCode: 1, stderr: "Error: No such container: b2\n" } },
    ]);
    const lost: unknown[] = [];
    const work = () => Promise.reject(new Error("the daemon does not start"));
    await expect(
      keepContainers({ remote, signal, work, tellLost: (names) => lost.push(names) }),
    ).rejects.toThrow("the daemon does not start");
    expect(lost).toEqual([["once"]]);
    expect(remote.outstanding).toEqual([]);
  });

  it("leaves at once where the user has broken off", async () => {
    const remote = new ScriptedRemote([listing("a1 web \n")]);
    const broken = new AbortController();
    const work = () => {
      broken.abort();
      return Promise.reject(new Error("broken off"));
    };
    const kept = keepContainers({ remote, signal: broken.signal, work, tellLost: () => undefined });
    await expect(kept).rejects.toThrow("broken off");
    expect(remote.outstanding).toEqual([]);
  });

  it("does its work where a daemon runs and does not answer, and knows nothing then of what ran", async () => {
    const result = new FailureError({ kind: "timeout", waitedFor: "docker ps", afterMs: 10_000, hint: "" });
    expect(await keep([{ match: "docker ps", result }])).toEqual({ done: "done", lost: ["unknown"] });
  });

  it("looks no second time where nothing ran, or no daemon answers", async () => {
    expect(await keep([listing("c3 app.1.xyz 8xgr0tz3\n")])).toEqual({ done: "done", lost: [] });
    const silent = {
      match: "docker ps",
      result: { exitCode: 1, stderr: "Cannot connect to the Docker daemon" },
    };
    expect(await keep([silent])).toEqual({ done: "done", lost: [] });
  });
});
