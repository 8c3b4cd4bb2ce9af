import { chmod, chown, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeStateDirectory, unlockKeyFile, writePrivate } from "../../../src/state/lab-files.ts";
import { readProgressFile, writeProgressFile } from "../../../src/state/progress-file.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

const isRoot = process.getuid?.() === 0;
/** User and group of a person who is not root. */
const person = 65_534;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "swarmlab-progress-"));
  if (isRoot) await chown(directory, person, person);
});
afterEach(() => rm(directory, { recursive: true }));

async function asPerson<T>(work: () => Promise<T>): Promise<T> {
  if (isRoot) process.seteuid?.(person);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

const ownerOf = async (path: string) => {
  const { uid, gid, mode } = await stat(join(directory, path));
  return { uid, gid, mode: mode & 0o777 };
};

describe.skipIf(!isRoot)("what root writes beside a person's swarmlab.yaml", () => {
  it("is that person's, and nobody else reads it", async () => {
    await writeProgressFile(directory, { by: "root" });
    await writePrivate(unlockKeyFile(directory), "key\n");
    const its = { uid: person, gid: person };
    expect(await ownerOf(".swarmlab")).toEqual({ ...its, mode: 0o700 });
    expect(await ownerOf(".swarmlab/.gitignore")).toMatchObject(its);
    expect(await ownerOf(".swarmlab/progress.json")).toEqual({ ...its, mode: 0o600 });
    expect(await ownerOf(".swarmlab/unlock-key")).toEqual({ ...its, mode: 0o600 });
    await asPerson(async () => {
      expect(await readProgressFile(directory)).toEqual({ by: "root" });
      await writeProgressFile(directory, { by: "me" });
    });
    expect(await readProgressFile(directory)).toEqual({ by: "me" });
  });

  it("becomes that person's where it was root's alone", async () => {
    await chown(await makeStateDirectory(directory), 0, 0);
    await chown(join(directory, ".swarmlab/.gitignore"), 0, 0);
    await writeProgressFile(directory, {});
    await asPerson(() => writeProgressFile(directory, { by: "me" }));
  });

  it("goes into no file that a link leads to", async () => {
    const mine = join(directory, "mine");
    await writeProgressFile(directory, {});
    await asPerson(async () => {
      await writeFile(mine, "mine");
      await symlink(mine, join(directory, ".swarmlab/progress.json.partial"));
    });
    await writeProgressFile(directory, { by: "root" });
    expect(await readFile(mine, "utf8")).toBe("mine");
    expect(await readProgressFile(directory)).toEqual({ by: "root" });
  });
});

it.each([
  ["read", () => readProgressFile(directory)],
  ["written", () => writeProgressFile(directory, {})],
])("progress that others may not have %s is a failure with a cure", async (_, work) => {
  const state = await makeStateDirectory(directory);
  await chmod(state, 0);
  try {
    expect(await failureOf(asPerson(work))).toEqual({
      kind: "prerequisite",
      problems: [
        {
          severity: "error",
          what: "the progress of the labs cannot be read or written",
          where: join(state, "progress.json"),
          remedy: "Run the same command as the user who owns the file; where that is root, with sudo.",
        },
      ],
    });
  } finally {
    await chmod(state, 0o700);
  }
});
