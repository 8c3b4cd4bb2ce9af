import { chmod, mkdtemp, readdir, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { applyDaemon } from "../../../src/docker/apply-daemon.ts";
import { ensureDaemon, previewDaemon, type EnsureDaemonOptions } from "../../../src/docker/ensure-daemon.ts";
import { createAuthority } from "../../../src/docker/certificates.ts";
import { isPair } from "../../../src/docker/keyed-certificate.ts";
import type { TcpWish } from "../../../src/docker/secure-server.ts";
import { renewEngineIdentity } from "../../../src/docker/ensure-engine-identity.ts";
import type { Failure } from "../../../src/failure.ts";
import { FailureError } from "../../../src/failure.ts";
import type { Remote } from "../../../src/remote/remote.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { ScriptedRemote } from "../../support/scripted-remote.ts";

const fixtures = join(import.meta.dirname, "../../fixtures/docker-machine");
const authority = await createAuthority("swarmlab demo");
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

describe("ensureDaemon where the machine's own configuration stands in the way", () => {
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
    const seen = await failureOf(previewDaemon({ remote: machine, wanted: { mtu: 1500 }, tcp, signal }));
    expect(seen).toEqual(failure);
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

describe("ensureDaemon with options that a daemon reads again while it runs", () => {
  const running = async () => {
    const machine = await PretendedMachine.create({ service: "active" });
    await machine.write("etc/docker/daemon.json", JSON.stringify(wanted));
    return machine;
  };
  const kill = "systemctl kill --signal=HUP --kill-who=main docker.service";
  const signals = async (machine: PretendedMachine) =>
    (await machine.fixtureCalls()).filter((call) => /^systemctl (kill|restart|start) /.test(call));

  it("has it read them, then restarts it for one that it does not forget otherwise", async () => {
    await using machine = await running();
    const said: string[] = [];
    const more = { ...wanted, debug: true, "max-concurrent-downloads": 7 };
    expect(await ensure(machine, more, said)).toMatchObject({ configured: true, service: "reloaded" });
    expect(said).toEqual(["docker: reload, add debug = true, add max-concurrent-downloads = 7"]);
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(more);
    expect(await ensure(machine, { ...wanted, debug: true })).toMatchObject({ service: "reloaded" });
    expect(await signals(machine)).toEqual([kill, kill]);
    expect(await ensure(machine, wanted)).toMatchObject({ service: "restarted" });
    expect(await signals(machine)).toEqual([kill, kill, "systemctl restart docker.service"]);
    expect(await filesOf(machine)).toEqual(["daemon.json"]);
  });

  it("leaves it as it is when that may only be done later", async () => {
    await using machine = await running();
    const outcome = await ensure(machine, { ...wanted, debug: true }, [], { restart: "later" });
    expect(outcome).toMatchObject({ service: "to be reloaded" });
    expect(await signals(machine)).toEqual([]);
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(wanted);
  });

  it.each([
    { options: { labels: ["nonsense"] }, reason: /^file configuration .*: nonsense \(correct/, calls: [] },
    {
      options: { debug: true, "registry-mirrors": ["ftp://x"] },
      reason: /invalid mirror: unsupported scheme "ftp" in "ftp:\/\/x" \(correct the daemon option/,
      calls: ["systemctl restart docker.service"],
    },
  ])("puts the files back where the daemon refuses $options", async ({ options, reason, calls }) => {
    await using machine = await running();
    const failure = await failureOf(ensure(machine, { ...wanted, ...options }));
    expect(failure).toMatchObject({ kind: "daemon", restored: true });
    expect(failure).toHaveProperty("reason", expect.stringMatching(reason));
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(wanted);
    expect(await filesOf(machine)).toEqual(["daemon.json"]);
    // One that may have taken over some of the options needs a restart to forget them.
    expect(await signals(machine)).toEqual([kill, ...calls]);
  });

  it("does not believe one that says nothing", async () => {
    await using machine = await running();
    await machine.write("deaf", "");
    const application = {
      config: { content: '{"debug":true}' },
      record: "keep",
      service: "reload",
      validate: false,
      deadlineMs: 1000,
    } as const;
    const failure = await failureOf(applyDaemon(machine, application));
    expect(failure).toMatchObject({ restored: true });
    expect(failure).toHaveProperty(
      "reason",
      expect.stringContaining("the daemon did not reload its configuration"),
    );
    expect(parse(await machine.read("etc/docker/daemon.json"))).toEqual(wanted);
    expect(await signals(machine)).toEqual([kill, "systemctl restart docker.service"]);
  });
});

describe("ensureDaemon with a TCP port", () => {
  const address = "192.0.2.18";
  const unit = "etc/systemd/system/docker.service.d/swarmlab.conf";
  const packaged = "ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock";
  const paths = "--tlscacert=/etc/docker/swarmlab-ca.pem --tlscert=/etc/docker/swarmlab-server.pem";
  const key = "--tlskey=/etc/docker/swarmlab-server.pem";
  const tls = (own = authority): TcpWish => ({ mode: "tls", address, authority: () => Promise.resolve(own) });
  const reach = (machine: PretendedMachine, tcp: TcpWish, said: string[] = []) =>
    ensure(machine, wanted, said, { tcp });

  it("starts the daemon once with its certificates, in two commands, then finds nothing to do", async () => {
    await using machine = await PretendedMachine.create();
    const said: string[] = [];
    expect(await reach(machine, tls(), said)).toMatchObject({ configured: true, service: "started" });
    expect(machine.calls).toHaveLength(2);
    expect(said[0]).toMatch(
      /^docker: start, add swarm\S+ = "192.0.2.18", add docker.tcp = "tcp:\/\/192.0.2.18:2376", add certificate = "until \d/,
    );
    expect(await machine.read(unit)).toBe(
      `[Service]\nExecStart=\n${packaged} --host=tcp://192.0.2.18:2376 --tlsverify=true ${paths} ${key}\n`,
    );
    const calls = (await machine.fixtureCalls()).filter((call) => /reload$|start docker/.test(call));
    expect(calls).toEqual(["systemctl daemon-reload", "systemctl start docker.service"]);
    expect(await reach(machine, tls())).toMatchObject({ configured: false, service: "kept" });
    expect(machine.calls).toHaveLength(3);
  });

  it("leaves one private file with certificate and key, and no key in what is said or executed", async () => {
    await using machine = await PretendedMachine.create();
    const said: string[] = [];
    await reach(machine, tls(), said);
    await reach(machine, tls(), said);
    const server = (await machine.read("etc/docker/swarmlab-server.pem")) ?? "";
    const [, secret = ""] = /PRIVATE KEY-----\n(.*)\n/.exec(server) ?? [];
    expect(secret).not.toBe("");
    expect(isPair({ certificate: server, key: server })).toBe(true);
    expect((await stat(join(machine.root, "etc/docker/swarmlab-server.pem"))).mode & 0o777).toBe(0o600);
    expect(await machine.read("etc/docker/swarmlab-ca.pem")).toBe(authority.certificate);
    const seen = [
      ...said,
      ...machine.calls.map(({ argv }) => argv.join(" ")),
      ...(await machine.fixtureCalls()),
    ];
    expect(seen.filter((text) => text.includes(secret))).toEqual([]);
    expect(await filesOf(machine)).toEqual([
      "daemon.json",
      "swarmlab-ca.pem",
      "swarmlab-server.pem",
      "swarmlab.json",
    ]);
  });

  it("replaces a certificate of another authority, and one that others could read", async () => {
    await using machine = await PretendedMachine.create();
    const server = "etc/docker/swarmlab-server.pem";
    await reach(machine, tls());
    await chmod(join(machine.root, server), 0o644);
    expect(await reach(machine, tls())).toMatchObject({ service: "restarted" });
    expect((await stat(join(machine.root, server))).mode & 0o777).toBe(0o600);
    const before = await machine.read(server);
    expect(await reach(machine, tls(await createAuthority("other")))).toMatchObject({ service: "restarted" });
    expect(await machine.read(server)).not.toBe(before);
  });

  it("lets everyone in without the pause of newer engines, and takes the port away again", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await reach(machine, tls());
    await reach(machine, { mode: "insecure", address });
    expect(await machine.read(unit)).toContain(" --host=tcp://192.0.2.18:2375 --tls=false\n");
    expect(await filesOf(machine)).toEqual(["daemon.json", "swarmlab.json"]);
    expect(await reach(machine, { mode: "off", address })).toMatchObject({ service: "restarted" });
    expect(await machine.read(unit)).toBeUndefined();
  });

  it("touches nothing where the engine refuses to let everyone in, or daemon.json has a port already", async () => {
    await using newer = await PretendedMachine.create({ version: "27.0.1" });
    const refused = await failureOf(reach(newer, { mode: "insecure", address }));
    expect(refused).toHaveProperty("problems.0.why", expect.stringContaining("from 27 on, dockerd"));
    await using own = await PretendedMachine.create();
    await own.write("etc/docker/daemon.json", '{"hosts":["tcp://192.0.2.1:2375"]}');
    const taken = await failureOf(reach(own, tls()));
    expect(taken).toHaveProperty(
      "reason",
      expect.stringContaining("daemon.json sets hosts, which docker.tcp"),
    );
    expect([newer.calls.length, own.calls.length]).toEqual([1, 1]);
  });

  it("puts everything back when the daemon does not come up", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await reach(machine, { mode: "insecure", address });
    const before = await machine.read(unit);
    const failure = await failureOf(ensure(machine, { poison: 1 }, [], { tcp: tls() }));
    expect(failure).toMatchObject({ kind: "daemon", restored: true });
    expect(await machine.read(unit)).toBe(before);
    expect(await filesOf(machine)).toEqual(["daemon.json", "swarmlab.json"]);
    expect((await machine.fixtureCalls()).slice(-4)).toContain("systemctl daemon-reload");
    expect(await readdir(join(machine.root, unit, ".."))).toEqual(["swarmlab.conf"]);
  });

  it("leaves a daemon that runs as it is when it may only be restarted later", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    const later = { tcp: tls(), restart: "later" } as const;
    expect(await ensure(machine, wanted, [], later)).toMatchObject({ service: "to be restarted" });
    expect(machine.calls).toHaveLength(1);
    await machine.write("service", "inactive\n");
    expect(await ensure(machine, wanted, [], later)).toMatchObject({ service: "started" });
  });

  it("gives flags to init scripts, the unix socket among them", async () => {
    await using machine = await PretendedMachine.create({ init: "sysv" });
    await reach(machine, tls());
    const hosts = "--host=unix:///var/run/docker.sock --host=tcp://192.0.2.18:2376";
    expect(await machine.fixtureCalls()).toContain(
      `dockerd  --swarm-default-advertise-addr=192.0.2.18 ${hosts} --tlsverify=true ${paths} ${key}`,
    );
    expect(await reach(machine, tls())).toMatchObject({ service: "kept" });
    expect(await reach(machine, { mode: "off", address })).toMatchObject({ service: "restarted" });
    expect(await filesOf(machine)).toEqual([]);
  });
});

describe("previewDaemon", () => {
  const preview = (machine: PretendedMachine, options: Readonly<Record<string, unknown>>) =>
    previewDaemon({
      remote: machine,
      wanted: options,
      tcp: { mode: "insecure", address: "192.0.2.18" },
      signal: new AbortController().signal,
    });

  it("says what would be done and why, and changes nothing", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("etc/docker/daemon.json", '{"mtu":1400}');
    expect(await preview(machine, { mtu: 1500 })).toEqual({
      action: "restart its Docker daemon",
      reason: 'change mtu: 1400 -> 1500, add docker.tcp = "tcp://192.0.2.18:2375"',
    });
    expect(await filesOf(machine)).toEqual(["daemon.json"]);
    expect(await machine.read("etc/docker/daemon.json")).toBe('{"mtu":1400}');
    await ensure(machine, { mtu: 1500 }, [], { tcp: { mode: "insecure", address: "192.0.2.18" } });
    expect(await preview(machine, { mtu: 1500 })).toBeUndefined();
    expect(await preview(machine, { mtu: 1500, debug: true })).toEqual({
      action: "reload its Docker daemon",
      reason: "add debug = true",
    });
    await machine.write("service", "inactive\n");
    expect(await preview(machine, { mtu: 1500 })).toEqual({
      action: "start its Docker daemon",
      reason: "its daemon does not run",
    });
  });

  it("says what stands in the way, and where there is no engine yet", async () => {
    await using newer = await PretendedMachine.create({ version: "27.0.1" });
    expect(await failureOf(preview(newer, {}))).toMatchObject({ kind: "prerequisite" });
    await using bare = await PretendedMachine.create({ bin: "/nonexistent" });
    expect(await preview(bare, {})).toEqual({ action: "install the Docker engine", reason: "it has none" });
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
    expect(calls.find((call) => !call.startsWith("systemctl show"))).toBe(
      "systemctl stop docker.socket docker.service",
    );
    expect(await machine.read("service")).toBe("active\n");
  });

  it("fails with the journal when the daemon does not come back", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("broken", "");
    expect(await failureOf(renewEngineIdentity(machine))).toMatchObject({ kind: "daemon", restored: false });
  });
});

function ensure(
  remote: Remote,
  options: Readonly<Record<string, unknown>>,
  said: string[] = [],
  rest: Partial<EnsureDaemonOptions> = {},
) {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, sleep: (ms: number) => Promise.resolve(void (nowMs += ms)) };
  const { signal } = new AbortController();
  const docker = { channel: "distribution" } as const;
  const report = (text: string) => said.push(text);
  const tcp = { mode: "off", address: "192.0.2.18" } as const;
  return ensureDaemon({
    remote,
    wanted: options,
    tcp,
    restart: "now",
    docker,
    clock,
    signal,
    report,
    ...rest,
  });
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
