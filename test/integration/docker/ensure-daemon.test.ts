import { mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { applyDaemon } from "../../../src/docker/apply-daemon.ts";
import { observeDocker } from "../../../src/docker/await-engine.ts";
import { previewDaemon } from "../../../src/docker/ensure-daemon.ts";
import { FailureError } from "../../../src/failure.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { ensure, filesOf, parse, stall, wanted } from "../../support/daemon-fixtures.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";

const fixtures = join(import.meta.dirname, "../../fixtures/docker-machine");

// They wait for their machines, each for one of its own.
describe.concurrent("ensureDaemon", () => {
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

  it("starts one of which there is an init script and no unit", async () => {
    await using machine = await PretendedMachine.create();
    await machine.write("unit-less", "");
    expect(await ensure(machine, wanted)).toMatchObject({ service: "started" });
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

  it("writes each byte of an option as it is", async () => {
    await using machine = await PretendedMachine.create();
    const tag = "a\\b \\\\0101 %s $HOME `id` 'ü' \u{1F433}  ";
    await ensure(machine, { "log-opts": { tag } });
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual({ "log-opts": { tag } });
  });

  it("takes a box's word for the version of a stopped engine, and asks one that is not the box's own", async () => {
    await using machine = await PretendedMachine.create();
    const { size, mtimeMs } = await stat(join(fixtures, "dockerd"));
    const remember = (bytes: number): Promise<void> =>
      machine.write(
        "var/lib/swarmlab-engine",
        `${bytes} ${Math.floor(mtimeMs / 1000)} Docker version 26.1.5+dfsg1, build a72d7cd\n`,
      );
    const versionOf = async (): Promise<string | undefined> =>
      (await observeDocker(machine, { clock: systemClock, signal: new AbortController().signal })).observation
        ?.version;
    await remember(size);
    expect(await versionOf()).toBe("26.1.5+dfsg1");
    expect(await machine.fixtureCalls()).not.toContain("dockerd --version");
    await remember(size + 1);
    expect(await versionOf()).toBe("20.10.24+dfsg1");
    expect(await machine.fixtureCalls()).toContain("dockerd --version");
  });

  it("kills a daemon that runs and does not answer, and starts it again, configured", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await stall(machine);
    const said: string[] = [];
    // What must not be restarted yet answers.
    expect(await ensure(machine, wanted, said, { restart: "later" })).toEqual({
      configured: true,
      service: "restarted, as it did not answer",
      version: "20.10.24+dfsg1",
    });
    expect(said).toEqual(['docker: kill and restart, add swarm-default-advertise-addr = "192.0.2.18"']);
    const calls = (await machine.fixtureCalls()).filter((call) => /systemctl (?:kill|restart)/.test(call));
    expect(calls).toEqual([
      "systemctl kill --signal=KILL --kill-who=main docker.service",
      "systemctl restart docker.service",
    ]);
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(wanted);
    expect(await ensure(machine, wanted)).toMatchObject({ configured: false, service: "kept" });
  });

  it("gives a daemon that is not stopped its time, on slow machines more", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("etc/docker/daemon.json", "{}");
    await machine.write("slow", "");
    expect(await ensure(machine, {})).toMatchObject({ service: "kept" });
    const patient = { nowMs: () => 0, sleep: () => Promise.resolve(), patience: 3 };
    await ensure(machine, {}, [], { clock: patient });
    expect(machine.calls.map(({ argv }) => argv.join(" "))).toEqual(["sh -s -- 20", "sh -s -- 60"]);
  });

  it("writes nothing that dockerd refuses", async () => {
    await using machine = await PretendedMachine.create({ service: "active", version: "27.1.0" });
    await machine.write("etc/docker/daemon.json", "{}");
    const failure = await failureOf(ensure(machine, { "log-lvl": "debug" }));
    const reason =
      "the following directives don't match any configuration option: log-lvl (correct the daemon option in swarmlab.yaml)";
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

  it("waits for the reason where the journal takes its time, and takes no other for it", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("late", "");
    const failure = await failureOf(ensure(machine, { poison: 1 }));
    expect(failure).toHaveProperty("reason", expect.stringMatching(/: poison \(see why/));
  });

  it("finds the reason at the end of a long log", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    const line = 'Nov 22 16:00:00 node1 dockerd[42]: time="2026-11-22T16:00:00Z" level=info msg="busy"\n';
    await machine.write("journal", line.repeat(40));
    const failure = await failureOf(ensure(machine, { poison: 1 }));
    expect(failure).toHaveProperty("reason", expect.stringMatching(/: poison \(see why/));
    expect(failure).toHaveProperty("log", expect.not.stringContaining(line.repeat(20)));
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

describe.concurrent("ensureDaemon where the machine's own configuration stands in the way", () => {
  const unit = "lib/systemd/system/docker.service";

  it.each([
    {
      does: "a flag of the unit",
      arrange: (machine: PretendedMachine) =>
        machine.write(unit, "[Service]\nExecStart=/usr/bin/dockerd -H fd:// --mtu=1400\n"),
      what: "docker.service sets mtu by a flag, and swarmlab sets it in /etc/docker/daemon.json",
    },
    {
      does: "a flag that came with a variable",
      arrange: async (machine: PretendedMachine) => {
        await machine.write(unit, "[Service]\nExecStart=/usr/bin/dockerd -H fd:// $DOCKER_OPTS\n");
        await machine.write("proc/42/cmdline", "/usr/bin/dockerd\0-H\0fd://\0--mtu=1400\0");
      },
      what: "docker.service sets mtu by a flag, and swarmlab sets it in /etc/docker/daemon.json",
    },
    {
      does: "live-restore in daemon.json",
      arrange: (machine: PretendedMachine) =>
        machine.write("etc/docker/daemon.json", '{"live-restore":true}'),
      what: "its Docker daemon is set up with live-restore, which cannot be used in a swarm",
    },
  ])("says so and touches nothing: $does", async ({ arrange, what }) => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await arrange(machine);
    const before = await machine.read("etc/docker/daemon.json");
    const failure = await failureOf(ensure(machine, { mtu: 1500 }));
    expect(failure).toMatchObject({ kind: "prerequisite", problems: [{ where: "node1", what }] });
    const tcp = { mode: "off", address: "192.0.2.18" } as const;
    const { signal } = new AbortController();
    const seen = await observeDocker(machine, { clock: systemClock, signal });
    const preview = previewDaemon({ machine: "node1", seen, wanted: { mtu: 1500 }, tcp });
    expect(await failureOf(preview)).toEqual(failure);
    expect(machine.calls).toHaveLength(2);
    expect(await machine.read("etc/docker/daemon.json")).toBe(before);
  });

  it("replaces live-restore of daemon.json where that is wanted", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("etc/docker/daemon.json", '{"live-restore":true}');
    expect(await ensure(machine, { "live-restore": false })).toMatchObject({ service: "reloaded" });
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual({ "live-restore": false });
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

/** Executables of a machine without dockerd. */
async function onlyClient(): Promise<string> {
  const bin = await mkdtemp(join(tmpdir(), "swarmlab-bin-"));
  onTestFinished(() => rm(bin, { recursive: true }));
  for (const name of ["docker", "initctl", "service", "systemctl"])
    await symlink(join(fixtures, name), join(bin, name));
  return bin;
}
