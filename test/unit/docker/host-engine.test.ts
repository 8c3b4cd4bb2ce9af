import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostImageId, saveHostImage } from "../../../src/docker/host-engine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";
import { ScriptedProcesses, type ScriptedAnswer } from "../../support/scripted-processes.ts";

const { signal } = new AbortController();
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "swarmlab-host-engine-"));
});
afterEach(() => rm(directory, { recursive: true }));

const idOf = (script: Readonly<Record<string, ScriptedAnswer>>) =>
  hostImageId({ processes: new ScriptedProcesses(script), image: "app:1", signal });

const save = (processes: ScriptedProcesses) =>
  saveHostImage({
    processes,
    image: "app:1",
    signal,
    file: join(directory, "image.tar"),
    report: () => undefined,
  });

describe("hostImageId", () => {
  it("asks the docker CLI", async () => {
    expect(await idOf({ "docker image inspect --format {{.Id}} -- app:1": "sha256:a\n" })).toBe("sha256:a");
  });

  it("says that there is no docker CLI", async () => {
    expect(await failureOf(idOf({}))).toMatchObject({
      kind: "prerequisite",
      problems: [{ what: "there is no docker CLI on this computer" }],
    });
  });

  it.each([
    ["Error response from daemon: No such image: app:1", "usage"],
    ["Error: No such image: app:1", "usage"],
    ["Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "process"],
  ])("tells apart what the engine lacks and that there is none: %s", async (stderr, kind) => {
    expect(await failureOf(idOf({ "docker image inspect": { exitCode: 1, stderr } }))).toMatchObject({
      kind,
    });
  });
});

describe("saveHostImage", () => {
  it("has the docker CLI write the file", async () => {
    const processes = new ScriptedProcesses({ "docker image save": "" });
    await save(processes);
    expect(processes.ran.map(({ argv }) => argv)).toEqual([
      ["docker", "image", "save", "--output", join(directory, "image.tar"), "--", "app:1"],
    ]);
  });

  it("tells of a full disk, and where", async () => {
    const stderr = "write /x/.docker_temp_1: no space left on device";
    const processes = new ScriptedProcesses({ "docker image save": { exitCode: 1, stderr } });
    expect(await failureOf(save(processes))).toEqual({
      kind: "disk-full",
      path: directory,
      doing: "saving app:1",
    });
  });

  it("passes on what else the engine says", async () => {
    const processes = new ScriptedProcesses({ "docker image save": { exitCode: 1, stderr: "broken pipe" } });
    expect(await failureOf(save(processes))).toMatchObject({ kind: "process", stderr: "broken pipe" });
  });

  it("tells how the file grows", async () => {
    const said: string[] = [];
    const growing = new (class extends ScriptedProcesses {
      override async tryRun(...its: Parameters<ScriptedProcesses["tryRun"]>) {
        await writeFile(join(directory, ".docker_temp_1"), Buffer.alloc(15_300));
        await expect.poll(() => said.length, { timeout: 5000 }).toBeGreaterThan(0);
        return super.tryRun(...its);
      }
    })({ "docker image save": "" });
    await saveHostImage({
      processes: growing,
      image: "app:1",
      signal,
      file: join(directory, "image.tar"),
      report: (text) => said.push(text),
    });
    expect(said).toEqual(["15.3 kB saved"]);
  });
});
