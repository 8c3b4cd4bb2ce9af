import { chmod, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cliFile, expectExit } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findTraces } from "./traces.ts";

interface BadFile {
  readonly what: string;
  readonly yaml: string;
  readonly exitCode: 2 | 3;
  readonly says: readonly string[];
}

const badFiles: readonly BadFile[] = [
  {
    what: "malformed YAML",
    yaml: "swarm: { autolock: true",
    exitCode: 2,
    says: ["swarmlab.yaml:3:1: error:"],
  },
  {
    what: "a value of the wrong type",
    yaml: "workers: many",
    exitCode: 2,
    says: ["swarmlab.yaml:2:10: error:", "a whole number"],
  },
  {
    what: "an unknown key",
    yaml: "wokers: 3",
    exitCode: 2,
    says: ["swarmlab.yaml:2:1: error:", "wokers", "workers"],
  },
  {
    what: "no managers",
    yaml: "managers: 0",
    exitCode: 2,
    says: ["swarmlab.yaml:2:11: error:", "from 1 to 16"],
  },
  {
    what: "more workers than the subnet has room for",
    yaml: "subnet: 192.168.56.0/24\nworkers: 300",
    exitCode: 2,
    says: ["swarmlab.yaml:3:10: error:", "192.168.56.0/24"],
  },
  {
    what: "a box that does not exist",
    yaml: "box: ./nowhere",
    exitCode: 3,
    says: ["nowhere is not a root tree with systemd", "swarmlab.yaml: box"],
  },
];

/** As nobody. */
const through = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];

describeOnRealMachines("what up refuses before it makes anything", () => {
  let lab: E2eLab;

  beforeAll(async () => {
    lab = await makeLab({ label: "bad" });
  });
  afterAll(() => lab.destroy());

  it.each(badFiles)("$what in swarmlab.yaml: exit code $exitCode", async ({ yaml, exitCode, says }) => {
    await lab.writeFile(`name: ${lab.name}\n${yaml}\n`);
    const { stderr, stdout } = expectExit(await lab.run(["up"]), exitCode);
    for (const text of says) expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(stdout).toBe("");
    expect(await findTraces(lab.name)).toEqual([]);
  });

  it("tells every mistake at once", async () => {
    await lab.writeFile("nmae: other\nmanagers: 0\nworkers: many\n");
    const { stderr } = expectExit(await lab.run(["up"]), 2);
    expect(stderr.match(/^swarmlab\.yaml:\d+:\d+: error:/gm)).toHaveLength(3);
  });

  it("without root: what needs it, and the same call through sudo", async () => {
    await lab.writeFile(`name: ${lab.name}\n`);
    await chmod(lab.directory, 0o755);
    const env = { HOME: "/nonexistent" };
    const { stderr } = expectExit(await lab.run(["up"], { through, env }), 3);
    expect(stderr).toContain("this needs root");
    expect(stderr).toMatch(/and start\s+systemd-nspawn/);
    expect(stderr).toContain(`sudo ${process.execPath} ${cliFile} up`);
    expect(await findTraces(lab.name)).toEqual([]);
  });

  it("without the right to read what is kept of clusters: whose command to run", async () => {
    await lab.writeFile(`name: ${lab.name}\nprovider: virtualbox\n`);
    await chmod(lab.directory, 0o755);
    const { stderr } = expectExit(await lab.run(["status"], { through, env: { HOME: "/root" } }), 3);
    expect(stderr).toMatch(/cannot be read[^]*with\s+sudo/);
  });

  it("without systemd-nspawn: its package and the command that installs it", async () => {
    await lab.writeFile(`name: ${lab.name}\n`);
    const path = await pathWithout("systemd-nspawn");
    try {
      const { stderr } = expectExit(await lab.run(["up"], { env: { PATH: path } }), 3);
      expect(stderr).toContain("systemd-nspawn is not installed");
      expect(stderr).toContain("systemd-container (Debian, Ubuntu)");
      expect(stderr).toContain("swarmlab setup");
      expect(await findTraces(lab.name)).toEqual([]);
    } finally {
      await rm(path, { recursive: true });
    }
  });
});

/** A directory of links to every program but one. */
async function pathWithout(program: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-path-"));
  for (const source of (process.env["PATH"] ?? "").split(delimiter)) {
    const names = await readdir(source).catch(() => []);
    const links = names
      .filter((name) => name !== program)
      .map((name) => symlink(join(source, name), join(directory, name)));
    // A name that an earlier directory has counts there.
    await Promise.allSettled(links);
  }
  return directory;
}
