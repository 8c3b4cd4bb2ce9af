import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, readlink, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { expectExit, type RunningCli } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const execute = promisify(execFile);

/** What mmdebstrap says when it begins, and when all packages are downloaded and the tree begins to fill. */
const buildBegins = '"text":"running apt-get update';
const treeFills = '"text":"extracting archives';

describeOnRealMachines("building a box", () => {
  let lab: E2eLab;
  let home: string;
  /** For its temporary files. */
  let temporary: string;
  let up: (through?: readonly string[]) => RunningCli;

  beforeAll(async () => {
    lab = await makeLab({ label: "box", yaml: "workers: 0" });
  });
  afterAll(() => lab.destroy());

  beforeEach(async () => {
    // /tmp may be in memory, and too small for a box.
    home = await mkdtemp("/var/tmp/swarmlab-e2e-home-");
    temporary = await mkdtemp("/var/tmp/swarmlab-e2e-tmp-");
    const env = { SWARMLAB_HOME: home, TMPDIR: temporary };
    up = (through = []) => lab.start(["up", "--json"], { env, through });
  });
  afterEach(async () => {
    await execute("umount", [home]).catch(() => undefined);
    const left = await readdir(temporary);
    await Promise.all([home, temporary].map((directory) => rm(directory, { recursive: true })));
    expect(left).toEqual([]);
  });

  it("a disk that is too small is refused before anything is built", async () => {
    await mountTmpfs(home, "100m");
    const { stderr } = expectExit(await lab.run(["up", "--json"], { env: { SWARMLAB_HOME: home } }), 3);
    expect(stderr).toMatch(/has \d+ MiB free, and the box needs \d+/);
    expect(await readdir(home)).toEqual([]);
  });

  it("a disk that fills up ends the build, and nothing half-made stays", async () => {
    await mountTmpfs(home, "1300m");
    const build = up();
    await build.sees(treeFills);
    await eatDisk(home, 50);
    const { stderr } = expectExit(await build.done, 1);
    expect(stderr).toContain("the disk is full while building the box");
    await expectNothingOf(home);
  });

  it("a package source that does not answer is named as the cause", async () => {
    const { stderr } = expectExit(await up(["unshare", "--net", "--"]).done, 1);
    expect(stderr).toContain("a package source of this host does not answer");
    expect(stderr).toContain("apt-get update");
    await expectNothingOf(home);
  });

  it("a build that was killed stops at once; the next one begins afresh and heeds Ctrl-C", async () => {
    const first = up();
    await first.sees(treeFills);
    expect(await processesOf(home)).not.toEqual([]);
    first.kill("SIGKILL");
    expectExit(await first.done, null);
    await expect.poll(() => processesOf(home), { timeout: 10_000 }).toEqual([]);
    const partial = await boxes(home);
    expect(partial).toEqual([expect.stringMatching(/\.partial$/), expect.stringMatching(/\.tmp\.partial$/)]);
    const marks = partial.map((name) => join(home, "boxes", name, "mark"));
    await Promise.all(marks.map((mark) => writeFile(mark, "")));

    const second = up();
    await second.sees(buildBegins);
    for (const mark of marks) await expect(stat(mark)).rejects.toThrow("ENOENT");
    second.kill("SIGINT");
    const { stderr } = expectExit(await second.done, 130);
    expect(stderr).toContain("swarmlab up   (goes on where it stopped");
    await expectNothingOf(home);
  });
});

async function mountTmpfs(directory: string, size: string): Promise<void> {
  await execute("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", directory]);
}

/** Leaves only some MiB free. */
async function eatDisk(directory: string, leaveMiB: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  await execute("fallocate", ["-l", String(bavail * bsize - leaveMiB * 2 ** 20), join(directory, "eaten")]);
}

async function expectNothingOf(home: string): Promise<void> {
  expect(await boxes(home)).toEqual([]);
  expect(await processesOf(home)).toEqual([]);
  expect(await readFile("/proc/mounts", "utf8")).not.toContain(`${home}/`);
}

async function boxes(home: string): Promise<readonly string[]> {
  return (await readdir(join(home, "boxes"))).sort();
}

/** Processes with this directory in their command line, or with their root below it. */
async function processesOf(home: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const known = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      const root = await readlink(`/proc/${pid}/root`).catch(() => "");
      return `${pid} ${root} ${command.replaceAll("\0", " ")}`;
    }),
  );
  return known.filter((text) => text.includes(home));
}
