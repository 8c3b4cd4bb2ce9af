import { chmod, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createAuthority } from "../../../src/docker/certificates.ts";
import { isPair } from "../../../src/docker/keyed-certificate.ts";
import type { TcpWish } from "../../../src/docker/secure-server.ts";
import { ensure, filesOf, wanted } from "../../support/daemon-fixtures.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { failureOf } from "../../support/remote-fixtures.ts";

const authority = await createAuthority("swarmlab demo");

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

  it.each([
    ["need not read its units again where it has not read this one", "", []],
    ["reads its units again where it does not see the addition", "blind", ["systemctl daemon-reload"]],
  ])("systemd %s", async (_, unread, reloads) => {
    await using machine = await PretendedMachine.create();
    await machine.write("unread", unread);
    await reach(machine, tls());
    const calls = await machine.fixtureCalls();
    expect(calls.filter((call) => call.endsWith("daemon-reload"))).toEqual(reloads);
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

  it.each(["20.10.24+dfsg1-1", "29.7.2"])(
    "lets everyone in without a long pause of Docker %s, and takes the port away again",
    async (version) => {
      await using machine = await PretendedMachine.create({ service: "active", version });
      await reach(machine, tls());
      await reach(machine, { mode: "insecure", address });
      expect(await machine.read(unit)).toContain(" --host=tcp://192.0.2.18:2375 --tls=false\n");
      expect(await filesOf(machine)).toEqual(["daemon.json", "swarmlab.json"]);
      expect(await reach(machine, { mode: "off", address })).toMatchObject({ service: "restarted" });
      expect(await machine.read(unit)).toBeUndefined();
    },
  );

  it("touches nothing where daemon.json has a port already", async () => {
    await using own = await PretendedMachine.create();
    await own.write("etc/docker/daemon.json", '{"hosts":["tcp://192.0.2.1:2375"]}');
    const taken = await failureOf(reach(own, tls()));
    expect(taken).toHaveProperty(
      "reason",
      expect.stringContaining("daemon.json sets hosts, which docker.tcp"),
    );
    expect(own.calls).toHaveLength(1);
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
