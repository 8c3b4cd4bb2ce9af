import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { keepUnlockKey, keepUnlockKeyInTime } from "../../../src/app/keep-unlock-key.ts";
import { makeStateDirectory, unlockKeyFile, writePrivate } from "../../../src/state/lab-files.ts";
import { Refusal, ScriptedEngine } from "../../support/scripted-engine.ts";
import { clusterOf, machineOf } from "../swarm/swarm-fixtures.ts";

const ask = "GET /swarm/unlockkey";

async function keep(autolock: boolean, keys: readonly string[]) {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-test-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const machines = ["manager", "node1"].map((name) => machineOf(name));
  const script = autolock ? { [ask]: keys.map((UnlockKey) => ({ UnlockKey })) } : {};
  const engine = new ScriptedEngine("manager", script);
  const lab = { directory, cluster: clusterOf(machines, { autolock }) };
  // Once for each answer.
  for (let count = keys.length; count > 0; count--) await keepUnlockKey(lab, new Map([["manager", engine]]));
  return join(directory, ".swarmlab/unlock-key");
}

it("keeps the key of the swarm that is there, for its owner only", async () => {
  const file = await keep(true, ["one", "two", "two"]);
  expect(await readFile(file, "utf8")).toBe("two\n");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it.each([
  ["asks for none where none is wanted", false],
  ["keeps none of a swarm that has none", true],
])("%s", async (_, autolock) => {
  await expect(stat(await keep(autolock, [""]))).rejects.toThrow("ENOENT");
});

describe("before managers stop", () => {
  /** What is kept in the end, and what is said. */
  async function keepInTime(answers: readonly unknown[]) {
    const directory = await mkdtemp(join(tmpdir(), "swarmlab-test-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    await makeStateDirectory(directory);
    await writePrivate(unlockKeyFile(directory), "of yesterday\n");
    const engines = answers.map(
      (answer, index) => new ScriptedEngine(`manager${index}`, { [ask]: [answer] }),
    );
    const cluster = clusterOf(
      engines.map(({ machine }) => machineOf(machine)),
      { autolock: true },
    );
    const said: unknown[] = [];
    await keepUnlockKeyInTime(
      { signal: new AbortController().signal, emit: (event) => said.push(event) },
      { directory, cluster },
      engines.map((engine) => () => Promise.resolve(engine)),
    );
    return { kept: (await readFile(unlockKeyFile(directory), "utf8")).trim(), said };
  }
  const locked = new Refusal(503, "Swarm is encrypted and needs to be unlocked before it can be used.");

  it("asks the next one where the first cannot tell", async () => {
    expect(await keepInTime([locked, { UnlockKey: "of today" }])).toEqual({ kept: "of today", said: [] });
  });

  it("says that the key which is kept may be an old one where none can tell", async () => {
    const { kept, said } = await keepInTime([locked]);
    expect(kept).toBe("of yesterday");
    expect(said).toEqual([expect.objectContaining({ level: "warning" })]);
  });
});
