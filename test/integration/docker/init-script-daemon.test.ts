import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { applyDaemon } from "../../../src/docker/apply-daemon.ts";
import { renewEngineIdentity } from "../../../src/docker/ensure-engine-identity.ts";
import { ensure, filesOf, stall, wanted } from "../../support/daemon-fixtures.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

// They wait for their machines, each for one of its own.
describe.concurrent.each(["upstart", "sysv"] as const)("ensureDaemon with %s", (init) => {
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

  it("restarts a daemon that runs and does not answer: init scripts kill what does not end", async () => {
    await using machine = await PretendedMachine.create({ init, service: "active" });
    await stall(machine);
    const clock = { nowMs: () => 0, sleep: () => Promise.resolve(), patience: 0.05 };
    expect(await ensure(machine, {}, [], { clock })).toMatchObject({
      service: "restarted, as it did not answer",
    });
    expect(await machine.read("service")).toBe("active\n");
  });

  it("gives a daemon that may still be starting the time for that", async () => {
    await using machine = await PretendedMachine.create({ init, service: "active" });
    await machine.write("slow", "");
    const clock = { nowMs: () => 0, sleep: () => Promise.resolve(), patience: 0.1 };
    expect(await ensure(machine, {}, [], { clock })).toMatchObject({ service: "kept" });
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
