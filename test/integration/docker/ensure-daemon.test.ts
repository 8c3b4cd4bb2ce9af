import { mkdtemp, readdir, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { applyDaemon } from "../../../src/docker/apply-daemon.ts";
import { ensureDaemon } from "../../../src/docker/ensure-daemon.ts";
import { renewEngineIdentity } from "../../../src/docker/ensure-engine-identity.ts";
import type { Failure } from "../../../src/failure.ts";
import { FailureError } from "../../../src/failure.ts";
import type { Remote } from "../../../src/remote/remote.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";

const fixtures = join(import.meta.dirname, "../../fixtures/docker-machine");
const wanted = { "swarm-default-advertise-addr": "192.0.2.18" };

describe("ensureDaemon", () => {
  it("configures a stopped daemon before its first start, then finds nothing to do", async () => {
    await using machine = await PretendedMachine.create();
    const said: string[] = [];
    expect(await ensure(machine, wanted, said)).toEqual({
      configured: true,
      service: "started",
      version: "20.10.24+dfsg1",
    });
    expect(machine.calls).toHaveLength(2);
    expect(machine.calls.every(({ sudo }) => sudo)).toBe(true);
    expect(said).toEqual(['docker: start, add swarm-default-advertise-addr = "192.0.2.18"']);
    expect(await machine.fixtureCalls()).toEqual(
      expect.arrayContaining([
        "systemctl enable --quiet --no-reload docker.service",
        "systemctl start docker.service",
      ]),
    );
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(wanted);
    expect((await stat(join(machine.root, "etc/docker/daemon.json"))).mode & 0o777).toBe(0o644);
    expect(await ensure(machine, wanted)).toEqual({
      configured: false,
      service: "kept",
      version: "20.10.24+dfsg1",
    });
    expect(machine.calls).toHaveLength(3);
    expect(await filesOf(machine)).toEqual(["daemon.json", "swarmlab.json"]);
  });

  it("leaves a running daemon alone whose file only looks different", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    const text = '{"debug":true,\n\n "swarm-default-advertise-addr":"192.0.2.18"}';
    await machine.write("etc/docker/daemon.json", text);
    expect(await ensure(machine, { ...wanted, debug: true })).toMatchObject({
      configured: false,
      service: "kept",
    });
    expect(await machine.read("etc/docker/daemon.json")).toBe(text);
    expect(await filesOf(machine)).toEqual(["daemon.json"]);
  });

  it("merges, restarts once, keeps the file's mode, and takes everything back", async () => {
    await using machine = await PretendedMachine.create({ service: "active", version: "27.1.0" });
    const before = { mtu: 1400, debug: false };
    await machine.write("etc/docker/daemon.json", JSON.stringify(before), 0o600);
    expect(await ensure(machine, { debug: true, ...wanted })).toMatchObject({
      configured: true,
      service: "restarted",
    });
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual({
      mtu: 1400,
      debug: true,
      ...wanted,
    });
    expect((await stat(join(machine.root, "etc/docker/daemon.json"))).mode & 0o777).toBe(0o600);
    expect((await machine.fixtureCalls()).filter((call) => call.includes("restart"))).toHaveLength(1);
    expect((await machine.fixtureCalls()).filter((call) => call.includes("--validate"))).toHaveLength(1);
    expect(await ensure(machine, {})).toMatchObject({ service: "restarted" });
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(before);
    expect(await filesOf(machine)).toEqual(["daemon.json"]);
  });

  it("writes nothing that dockerd refuses", async () => {
    await using machine = await PretendedMachine.create({ service: "active", version: "27.1.0" });
    await machine.write("etc/docker/daemon.json", "{}");
    const failure = await failureOf(ensure(machine, { "log-lvl": "debug" }));
    const reason =
      "the following directives don't match any configuration option: log-lvl (correct the option under `daemon` in swarmlab.yaml)";
    expect(failure).toMatchObject({ kind: "daemon", machine: "node1", restored: true, reason });
    expect(await machine.read("etc/docker/daemon.json")).toBe("{}");
    expect(await filesOf(machine)).toEqual(["daemon.json"]);
    expect(await machine.fixtureCalls()).not.toContain("systemctl restart docker.service");
  });

  it.each([
    { before: '{ "mtu": 1400 }', files: ["daemon.json"] },
    { before: undefined, files: [] },
  ])("puts back $before when the daemon does not come up", async ({ before, files }) => {
    await using machine = await PretendedMachine.create({ service: "active" });
    if (before !== undefined) await machine.write("etc/docker/daemon.json", before);
    const failure = await failureOf(ensure(machine, { poison: 1 }));
    expect(failure).toMatchObject({ kind: "daemon", restored: true });
    expect(failure).toHaveProperty(
      "reason",
      expect.stringMatching(/^the following directives .*: poison \(see why/),
    );
    expect(failure).toHaveProperty("log", expect.stringContaining("systemd[1]: docker.service: Failed"));
    expect(await machine.read("etc/docker/daemon.json")).toBe(before);
    expect(await machine.read("service")).toBe("active\n");
    expect(await filesOf(machine)).toEqual(files);
  });

  it("says so when nothing can be put back", async () => {
    await using machine = await PretendedMachine.create();
    await machine.write("broken", "");
    expect(await failureOf(ensure(machine, wanted))).toMatchObject({ kind: "daemon", restored: false });
    await machine.write("etc/docker/daemon.json", JSON.stringify(wanted));
    expect(await failureOf(ensure(machine, wanted))).toMatchObject({ kind: "daemon", restored: false });
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(wanted);
  });

  it("gives up on a start that hangs, and restarts with the file before", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("hang", "");
    const failure = await failureOf(
      applyDaemon(machine, {
        config: { content: '{"slow":1}' },
        record: "keep",
        service: "restart",
        validate: false,
        deadlineMs: 1000,
      }),
    );
    expect(failure).toMatchObject({ restored: true });
    expect(failure).toHaveProperty("reason", expect.stringContaining("the daemon was not up within 1 s"));
    expect(await filesOf(machine)).toEqual([]);
  });

  it("touches nothing where daemon.json is malformed", async () => {
    await using machine = await PretendedMachine.create();
    await machine.write("etc/docker/daemon.json", '{\n  "debug": yes\n}');
    const failure = await failureOf(ensure(machine, wanted));
    expect(failure).toHaveProperty("reason", expect.stringContaining("/etc/docker/daemon.json:2:12 "));
    expect(machine.calls).toHaveLength(1);
  });

  it("says where an engine that is missing cannot be installed", async () => {
    await using machine = await PretendedMachine.create({ bin: "/nonexistent" });
    await machine.write("etc/os-release", 'ID=alpine\nPRETTY_NAME="Alpine Linux v3.20"\n');
    const what = "not met: requirement 2 of 5: the Docker engine is installed";
    const why = expect.stringMatching(/ and this is Alpine Linux v3\.20$/) as string;
    expect(await failureOf(ensure(machine, wanted))).toMatchObject({
      kind: "prerequisite",
      problems: [{ where: "node1", what, why }],
    });
    expect(machine.calls).toHaveLength(2);
  });

  it("waits for sudo, and says what sudo said", async () => {
    const stderr = "sudo: a password is required\n";
    const remote = new ScriptedRemote(Array(11).fill({ match: "sh -s", result: { exitCode: 1, stderr } }));
    const failure = await failureOf(ensure(remote, wanted));
    expect(failure).toMatchObject({
      kind: "prerequisite",
      problems: [{ why: "sudo: a password is required" }],
    });
    expect(failure).toHaveProperty("problems.0.what", expect.stringContaining("requirement 1 of 5"));
    expect(remote.outstanding).toEqual([]);
  });
});

describe.each(["upstart", "sysv"] as const)("ensureDaemon with %s", (init) => {
  const file = "etc/default/docker";
  const own = '# Docker Upstart and SysVinit configuration file\nDOCKER_OPTS="--dns 192.0.2.1"\n';

  it("gives the options as flags, then finds nothing to do, and takes them back", async () => {
    await using machine = await PretendedMachine.create({ init });
    await machine.write(file, own, 0o600);
    expect(await ensure(machine, { ...wanted, labels: ["a=1", "b=it's"] })).toMatchObject({
      configured: true,
      service: "started",
    });
    expect(await machine.fixtureCalls()).toContain(
      "dockerd --dns 192.0.2.1 --swarm-default-advertise-addr=192.0.2.18 --label=a=1 --label=b=it's",
    );
    expect(await machine.read(file)).toMatch(own);
    expect((await stat(join(machine.root, file))).mode & 0o777).toBe(0o600);
    const again = { ...wanted, labels: ["a=1", "b=it's"] };
    expect(await ensure(machine, again)).toMatchObject({ configured: false, service: "kept" });
    expect(machine.calls).toHaveLength(3);
    expect(await ensure(machine, {})).toMatchObject({ configured: true, service: "restarted" });
    expect(await machine.read(file)).toBe(own);
    expect(await machine.read("service")).toBe("active\n");
    expect(await filesOf(machine)).toEqual([]);
    expect(await readdir(join(machine.root, "etc/default"))).toEqual(["docker"]);
  });

  it.each([own, undefined])("puts back %j when the daemon does not stay up", async (before) => {
    await using machine = await PretendedMachine.create({ init, service: "active" });
    if (before !== undefined) await machine.write(file, before);
    await machine.write(
      init === "upstart" ? "var/log/upstart/docker.log" : "var/log/docker.log",
      "earlier\n",
    );
    const failure = await failureOf(ensure(machine, { poison: 1 }));
    expect(failure).toMatchObject({ kind: "daemon", restored: true });
    expect(failure).toHaveProperty("log", expect.stringMatching(/Starting up"\nunknown flag: --poison\n/));
    expect(failure).toHaveProperty("log", expect.not.stringContaining("earlier"));
    expect(failure).toHaveProperty("reason", expect.stringMatching(/^unknown flag: --poison \(/));
    expect(await machine.read(file)).toBe(before);
    expect(await machine.read("service")).toBe("active\n");
  });

  it("gives up on a daemon that runs and does not answer", async () => {
    await using machine = await PretendedMachine.create({ init, service: "active" });
    const failure = await failureOf(
      applyDaemon(machine, {
        config: { content: 'DOCKER_OPTS="--slow"\n' },
        record: "keep",
        service: "restart",
        validate: false,
        deadlineMs: 1000,
      }),
    );
    expect(failure).toMatchObject({ kind: "daemon", restored: true });
    expect(failure).toHaveProperty("log", expect.stringContaining("Starting up"));
    expect(await machine.read(file)).toBeUndefined();
  });

  it("renews the engine's identity while the daemon is down", async () => {
    await using machine = await PretendedMachine.create({ init, service: "active" });
    await machine.write("etc/docker/key.json", "{}");
    await renewEngineIdentity(machine);
    expect(await machine.read("etc/docker/key.json")).toBeUndefined();
    const calls = (await machine.fixtureCalls()).filter((call) => / (?:stop|start)$/.test(call));
    expect(calls).toEqual(["service docker stop", "service docker stop", "service docker start"]);
    expect(await machine.read("service")).toBe("active\n");
  });
});

describe("an engine that cannot be used", () => {
  it("is told apart: too old for Swarm mode", async () => {
    await using machine = await PretendedMachine.create({
      init: "upstart",
      client: "1.9.1",
      bin: await onlyClient(),
    });
    const failure = await failureOf(ensure(machine, wanted));
    const what = "the Docker engine is 1.9.1, and Swarm mode needs 1.12";
    expect(failure).toMatchObject({ kind: "prerequisite", problems: [{ where: "node1", what }] });
    expect(machine.calls).toHaveLength(1);
  });

  it("is told apart: only a client, which is no engine", async () => {
    await using machine = await PretendedMachine.create({ client: "20.10.24", bin: await onlyClient() });
    const failure = await failureOf(ensure(machine, wanted));
    expect(failure).toHaveProperty("problems.0.what", expect.stringContaining("requirement 2 of 5"));
  });
});

describe("a command that takes too long", () => {
  it("fails with the requirement's hint", async () => {
    const result = new FailureError({ kind: "timeout", waitedFor: "sh", afterMs: 20_000, hint: "" });
    const failure = await failureOf(ensure(new ScriptedRemote([{ match: "sh -s", result }]), wanted));
    const waitedFor = "requirement 1 of 5: sudo works without a password";
    expect(failure).toMatchObject({ kind: "timeout", afterMs: 20_000, waitedFor });
    expect(failure).toHaveProperty("hint", expect.stringContaining("NOPASSWD"));
  });
});

describe("renewEngineIdentity", () => {
  it("removes both identities while the daemon is down", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("etc/docker/key.json", "{}");
    await machine.write("data/docker/engine-id", "id");
    await renewEngineIdentity(machine);
    expect(await machine.read("etc/docker/key.json")).toBeUndefined();
    expect(await machine.read("data/docker/engine-id")).toBeUndefined();
    const calls = await machine.fixtureCalls();
    expect(calls[0]).toBe("systemctl stop docker.socket docker.service");
    expect(await machine.read("service")).toBe("active\n");
  });

  it("fails with the journal when the daemon does not come back", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("broken", "");
    expect(await failureOf(renewEngineIdentity(machine))).toMatchObject({ kind: "daemon", restored: false });
  });
});

function ensure(remote: Remote, options: Readonly<Record<string, unknown>>, said: string[] = []) {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, sleep: (ms: number) => Promise.resolve(void (nowMs += ms)) };
  const { signal } = new AbortController();
  const docker = { channel: "distribution" } as const;
  return ensureDaemon({ remote, wanted: options, docker, clock, signal, report: (text) => said.push(text) });
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof FailureError) return error.failure;
  throw new Error("expected a FailureError", { cause: error });
}

/** Executables of a machine without dockerd. */
async function onlyClient(): Promise<string> {
  const bin = await mkdtemp(join(tmpdir(), "swarmlab-bin-"));
  onTestFinished(() => rm(bin, { recursive: true }));
  for (const name of ["docker", "initctl", "service", "systemctl"])
    await symlink(join(fixtures, name), join(bin, name));
  return bin;
}

async function filesOf(machine: PretendedMachine): Promise<readonly string[]> {
  return (await readdir(join(machine.root, "etc/docker"))).sort();
}

function parse(text: string | undefined): unknown {
  return JSON.parse(text ?? "");
}
