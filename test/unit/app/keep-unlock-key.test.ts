import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { keepUnlockKey, keepUnlockKeyInTime } from "../../../src/app/keep-unlock-key.ts";
import { ScriptedEngine } from "../../support/scripted-engine.ts";
import { clusterOf, machineOf, membershipWith } from "../swarm/swarm-fixtures.ts";

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

it("asks one that manages the swarm, before any stops", async () => {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-test-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const machines = ["manager1", "manager2"].map((name) => machineOf(name));
  const engines = [
    new ScriptedEngine("manager1", {}),
    new ScriptedEngine("manager2", { [ask]: [{ UnlockKey: "one" }] }),
  ];
  await keepUnlockKeyInTime(
    { directory, cluster: clusterOf(machines, { autolock: true }) },
    new Map(engines.map((engine) => [engine.machine, engine])),
    new Map([
      ["manager1", membershipWith({ state: "locked" })],
      ["manager2", membershipWith({ state: "active", controlAvailable: true })],
    ]),
  );
  expect(await readFile(join(directory, ".swarmlab/unlock-key"), "utf8")).toBe("one\n");
});
