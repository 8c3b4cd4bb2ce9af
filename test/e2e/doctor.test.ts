import { execFile } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { DoctorReport } from "../../src/app/doctor.ts";
import type { LogsOutcome } from "../../src/app/logs.ts";
import type { SupportReport } from "../../src/app/support.ts";
import { createAuthority, issueCertificate } from "../../src/docker/certificates.ts";
import { expectExit } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { secretsIn } from "./secrets.ts";

const execute = promisify(execFile);

describeOnRealMachines("doctor, logs and support on a live cluster", () => {
  let lab: E2eLab;

  beforeAll(async () => {
    lab = await makeLab({ label: "doctor", yaml: "workers: 1" });
    await lab.succeed(["up"]);
  });
  afterAll(() => lab.destroy());

  /** Errors of the machines, as `node1: what`. */
  async function errors(exitCode: number, ...args: readonly string[]): Promise<readonly string[]> {
    const { stdout } = expectExit(await lab.run(["doctor", "--json", ...args]), exitCode);
    const { cluster } = JSON.parse(stdout) as DoctorReport;
    expect(cluster?.name).toBe(lab.name);
    return (cluster?.problems ?? [])
      .filter(({ severity }) => severity === "error")
      .map(({ where, what }) => `${where ?? ""}: ${what}`);
  }

  it("looks at all machines and finds no error", async () => {
    expect(await errors(0)).toEqual([]);
    const { stdout } = await lab.succeed(["doctor"]);
    expect(stdout).toContain(`cluster ${lab.name} (manager, node1)`);
  });

  it("compares what packets the links take", async () => {
    const link = `$(ip -o -4 address show | grep '192.168' | cut -d' ' -f2)`;
    await lab.script("node1", `sudo ip link set dev ${link} mtu 1400`);
    expect(await errors(3)).toEqual([
      `${lab.name}: the machines' links take packets of different sizes (manager 1500, node1 1400)`,
    ]);
    await lab.script("node1", `sudo ip link set dev ${link} mtu 1500`);
  });

  it("finds a certificate that has ended, and --fix renews it", async () => {
    const file = "/etc/docker/swarmlab-server.pem";
    const certificate = Buffer.from(await oldCertificate()).toString("base64");
    await lab.script("node1", `echo ${certificate} | base64 -d | sudo tee ${file} >/dev/null`);
    expect(await errors(3)).toEqual([
      expect.stringMatching(/^node1: its certificate for the Docker API has ended/),
    ]);
    expect(await errors(0, "--fix")).toEqual([]);
    expect((await lab.status()).swarm.healthy).toBe(true);
  });

  it("finds a daemon that was stopped, and --fix starts it", async () => {
    await lab.script("node1", "sudo systemctl stop docker.socket docker");
    expect(await errors(3)).toEqual(["node1: its Docker daemon does not answer"]);
    expect(await errors(0, "--fix")).toEqual([]);
    expect((await lab.status()).swarm.healthy).toBe(true);
  });

  it("logs tells what all daemons said, in one order of time", async () => {
    const { stdout } = await lab.succeed(["logs", "--no-follow"]);
    const lines = [...stdout.matchAll(/^(manager|node1) +\| (\d{4}-\S+Z) /gm)];
    expect(lines).toHaveLength(stdout.trimEnd().split("\n").length);
    expect(new Set(lines.map(([, machine]) => machine)).size).toBe(2);
    const times = lines.map(([, , time = ""]) => time);
    expect(times).toEqual(times.toSorted());
  });

  it("logs tells of one machine as JSON, from the end", async () => {
    const { stdout } = await lab.succeed(["logs", "node1", "--tail", "3", "--json"]);
    const { lines } = JSON.parse(stdout) as LogsOutcome;
    expect(lines.map(({ machine }) => machine)).toEqual(["node1", "node1", "node1"]);
  });

  it("support writes all there is, without a secret", async () => {
    await lab.script(
      "manager",
      `echo hunter2 | docker config create conf -
       docker service create --detach --no-resolve-image --replicas 0 --name hush --config conf \
         --env WORD=hunter2 --label token=hunter2 none:1 serve hunter2`,
    );
    const report = JSON.parse((await lab.succeed(["support", "--json"])).stdout) as SupportReport;
    expect(report.missing).toEqual([]);
    expect((await stat(report.file)).mode & 0o777).toBe(0o600);
    const { all, paths } = await unpack(report.file, join(lab.directory, "unpacked"));
    expect(paths).toEqual(report.files);
    const machine = ["daemon.json", "docker.log", "info.json", "version.json"];
    const swarm = ["configs", "networks", "nodes", "secrets", "services", "swarm", "tasks"];
    expect(paths).toEqual(
      expect.arrayContaining([
        ...["manager", "node1"].flatMap((name) => machine.map((file) => `machines/${name}/${file}`)),
        ...swarm.map((name) => `swarm/${name}.json`),
        ...["cluster", "doctor", "missing", "plan", "status", "versions"].map((name) => `${name}.json`),
        "swarmlab.yaml",
        "state/cluster/cluster.json",
      ]),
    );
    expect(all).toContain('"Name": "hush"');
    expect(all).toContain('level=info msg="Starting up"');
    expect(secretsIn(all)).toEqual([]);
    expect(all).not.toMatch(/hunter2|aHVudGVy/);
  });

  it("logs goes on while a machine goes down, and ends in peace", async () => {
    const logs = lab.start(["logs", "--tail", "1"]);
    await logs.sees("manager | ", "stdout");
    await logs.sees("node1   | ", "stdout");
    const down = lab.start(["ssh", "node1", "--", "sudo", "poweroff"]);
    await logs.sees("node1: its log ends here");
    await down.done;
    await lab.script("manager", "sudo systemctl reload docker");
    await logs.sees("reload configuration", "stdout");
    logs.kill("SIGINT");
    expect(expectExit(await logs.done, 130).stderr).not.toContain("interrupted");
    const left = async () => (await lab.script("manager", "pgrep -x journalctl || true"))["manager"];
    await expect.poll(left).toBe("");
  });

  it("logs and support name a machine that is down, and tell of the others", async () => {
    await expect.poll(async () => (await lab.status()).machines[1]?.state).toBe("stopped");
    const { stdout, stderr } = await lab.succeed(["logs", "--no-follow"]);
    expect(stderr).toContain("node1: its log is left out (not-running)");
    expect(stdout).toMatch(/^manager \| /);
    expect(expectExit(await lab.run(["logs", "node1"]), 1).stderr).toContain("swarmlab up");
    const report = JSON.parse(
      (await lab.succeed(["support", "--json", "down.tar.gz"])).stdout,
    ) as SupportReport;
    expect(report.file).toBe(join(lab.directory, "down.tar.gz"));
    expect(report.missing).toEqual([
      { part: "machines/node1", why: { kind: "not-running", machine: "node1", state: "stopped" } },
    ]);
    expect(report.files).toContain("machines/manager/docker.log");
  });
});

/** One that ended yesterday: it was made for a year. */
async function oldCertificate(): Promise<string> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 366 * 86_400_000 });
  try {
    const authority = await createAuthority("swarmlab old");
    const alternatives = { names: ["node1"], addresses: [] };
    const its = { purpose: "server", name: "node1", alternatives } as const;
    return (await issueCertificate(authority, its)).certificate;
  } finally {
    vi.useRealTimers();
  }
}

/** Paths below the one directory in an archive, and all contents in one text. */
async function unpack(file: string, directory: string) {
  await mkdir(directory);
  await execute("tar", ["-xzf", file, "-C", directory, "--strip-components=1"]);
  const { stdout } = await execute("find", [directory, "-type", "f", "-printf", "%P\n"]);
  const paths = stdout.trimEnd().split("\n").sort();
  const { stdout: all } = await execute("cat", paths, { cwd: directory, maxBuffer: 2 ** 26 });
  return { paths, all };
}
