import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LabReport } from "../../src/app/lab-report.ts";
import { expectExit, runCli } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findTraces } from "./traces.ts";

const execute = promisify(execFile);
const network = `sl-offline-${process.pid.toString(36)}`;

describeOnRealMachines("a computer without a network", () => {
  let store: string;
  let file: string;
  let boxEntries: readonly string[];
  let home: string;
  let lab: E2eLab;

  beforeAll(async () => {
    // /tmp may be in memory, and too small for a box.
    store = await mkdtemp("/var/tmp/swarmlab-e2e-bundle-");
    [file, home] = [join(store, "lab.bundle"), join(store, "home")];
    expectExit(await runCli(["bundle", file], { directory: store, timeoutMs: 300_000 }), 0);
    boxEntries = await boxEntriesOf(file);
    // With a loopback and nothing else; the program makes its bridge and its links in there.
    await execute("ip", ["netns", "add", network]);
    await execute("ip", ["-n", network, "link", "set", "lo", "up"]);
    // What the bundle itself tells people to do.
    await execute("sh", ["-c", `cd "$1" && tar -xOf "$2" program.tar.gz | tar -xz`, "sh", store, file]);
    lab = await makeLab({
      label: "offline",
      env: { SWARMLAB_HOME: home },
      through: ["nsenter", `--net=/run/netns/${network}`, "--"],
      program: join(store, "swarmlab/dist/main.js"),
    });
  });
  afterAll(async () => {
    await lab.destroy();
    await execute("ip", ["netns", "delete", network]);
    await rm(store, { recursive: true });
  });

  it("cannot build a box", async () => {
    const { stderr } = expectExit(await lab.run(["up"]), 1);
    expect(stderr).toContain("a package source of this host does not answer");
    expect(stderr).toContain("swarmlab up --bundle FILE");
    expect(await readdir(join(home, "boxes"))).toEqual([]);
  });

  it("has no half box when unpacking is broken off", async () => {
    const boxes = join(home, "boxes");
    const filling = async () =>
      (await readdir(boxes, { recursive: true })).some((path) => /partial.usr/.test(path));
    const breakOff = async (signal: NodeJS.Signals): Promise<number | null> => {
      const up = lab.start(["up", "--bundle", file]);
      await expect.poll(filling, { timeout: 30_000, interval: 20 }).toBe(true);
      up.kill(signal);
      return (await up.done).exitCode;
    };
    expect(await breakOff("SIGINT")).toBe(130);
    expect(await readdir(boxes)).toEqual([]);
    expect(await breakOff("SIGKILL")).toBe(null);
    expect(await readdir(boxes)).toEqual([expect.stringMatching(/\.partial$/)]);
    // tar goes with the program.
    await expect.poll(() => processesWith(boxes), { timeout: 5_000 }).toEqual([]);
  });

  it("has a cluster out of the bundle, and a lab that is solved on it", async () => {
    const { stderr } = await lab.succeed(["up", "--json", "--bundle", file]);
    expect(stderr).toContain('"text":"box unpacked"');
    expect((await lab.status()).swarm).toMatchObject({ ready: 3, healthy: true });
    await lab.succeed(["lab", "start", "05", "--yes"]);
    const before = expectExit(await lab.run(["lab", "check", "--json"]), 4);
    const { tasks } = JSON.parse(before.stdout) as LabReport;
    await lab.succeed(["lab", "solve", "--task", String(tasks.length)]);
    const { stdout } = await lab.succeed(["lab", "check", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ done: true });
  });

  it("needs the bundle no more, and finds nothing to do with it", async () => {
    const { stderr } = await lab.succeed(["up", "--json", "--bundle", file]);
    expect(stderr).toContain('"id":"prepare","state":"done"');
    expect(stderr).not.toContain("box unpacked");
    await lab.succeed(["up"]);
    expect((await lab.status()).swarm).toMatchObject({ ready: 3, healthy: true });
  });

  it("makes the same bundle again out of what it unpacked: owners, capabilities, access lists and times are all there", async () => {
    const again = join(store, "again.bundle");
    await lab.succeed(["bundle", again], { timeoutMs: 300_000 });
    expect(await sha256Of(again)).toBe(await sha256Of(file));
    expect(boxEntries).toEqual(expect.arrayContaining([expect.stringContaining(" ./usr/bin/ping")]));
    await rm(again);
  });

  it("carries nothing that belongs to one computer or one cluster", async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    const own =
      /\/(?:ssh_host_\w+|key\.json|engine-id|authorized_keys|id_\w+|random-seed|hostname|resolv\.conf|auth\.conf|\w*history|docker-state\.json|swarm)$|\/var\/lib\/docker\/|\/etc\/ssl\/private\/./;
    expect(boxEntries.filter((entry) => own.test(entry) && !entry.includes(" ./usr/"))).toEqual([]);
    expect(boxEntries.filter((entry) => entry.endsWith(" ./etc/machine-id"))).toEqual([
      expect.stringMatching(/^-rw-r--r-- 0\/0 +0 /),
    ]);
    expect(boxEntries.filter((entry) => / \.\/(?:home\/vagrant|root)\/[^.]/.test(entry))).toEqual([]);
  });

  it("writes no half bundle when it is broken off", async () => {
    const other = join(store, "other");
    await mkdir(other);
    const bundle = lab.start(["bundle", join(other, "lab.bundle"), "--json"]);
    await bundle.sees('"id":"bundle/pack","state":"started"');
    bundle.kill("SIGINT");
    expectExit(await bundle.done, 130);
    expect(await readdir(other)).toEqual([]);
    expect(await readdir(home)).not.toContain("bundle.partial");
  });

  it("writes no half bundle when the disk is full", async () => {
    await onSmallDisk("100m", async (disk) => {
      const { stderr } = expectExit(await lab.run(["bundle", join(disk, "lab.bundle")]), 1);
      expect(stderr).toContain("the disk is full while writing the bundle");
      expect(await readdir(disk)).toEqual([]);
    });
  });

  it("is told that the box has no room before anything is unpacked", async () => {
    await onSmallDisk("300m", async (disk) => {
      const up = lab.run(["up", "--bundle", file], { env: { SWARMLAB_HOME: disk } });
      expect(expectExit(await up, 3).stderr).toMatch(/has \d+ MiB free, and the box needs \d+/);
      expect(await readdir(disk)).toEqual([]);
    });
  });

  it("has nothing left of the cluster but the box", async () => {
    await lab.succeed(["destroy", "--yes"]);
    expect(await findTraces(lab.name)).toEqual([]);
    const { stdout } = await execute("ip", ["-n", network, "-brief", "link"]);
    expect(stdout.trim().split("\n")).toEqual([expect.stringMatching(/^lo /)]);
    expect((await readdir(home)).sort()).toEqual(["box-build.log", "boxes"]);
    expect(await readdir(join(home, "boxes"))).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  });
});

/** As `tar --verbose` lists them, with owners by number. */
async function boxEntriesOf(file: string): Promise<readonly string[]> {
  const script = `tar -xOf "$1" box.tar.gz | tar --numeric-owner -tvzf -`;
  const { stdout } = await execute("sh", ["-c", script, "sh", file], { maxBuffer: 2 ** 26 });
  return stdout.trim().split("\n");
}

async function onSmallDisk(size: string, work: (disk: string) => Promise<void>): Promise<void> {
  const disk = await mkdtemp("/var/tmp/swarmlab-e2e-disk-");
  await execute("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk]);
  try {
    await work(disk);
  } finally {
    await execute("umount", [disk]);
    await rm(disk, { recursive: true });
  }
}

/** Command lines that name this path. */
async function processesWith(path: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.filter((line) => line.includes(path));
}

async function sha256Of(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}
