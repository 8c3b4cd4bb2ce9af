import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { adoptUnlockKey } from "../../../src/app/finish-snapshots.ts";
import { unlockKeyFile } from "../../../src/state/lab-files.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "swarmlab-adopt-"));
});
afterEach(() => rm(directory, { recursive: true }));

it("the lab's unlock key is that of the restored swarm, and only its owner reads it", async () => {
  for (const key of ["first\n", "second\n"]) {
    await adoptUnlockKey({ directory })(key);
    expect(await readFile(unlockKeyFile(directory), "utf8")).toBe(key);
  }
  expect((await stat(unlockKeyFile(directory))).mode & 0o777).toBe(0o600);
});

it("there is none after a swarm without autolock was restored, as often as that is done", async () => {
  await adoptUnlockKey({ directory })("first\n");
  for (const key of [undefined, undefined]) await adoptUnlockKey({ directory })(key);
  await expect(stat(unlockKeyFile(directory))).rejects.toThrow("ENOENT");
});
