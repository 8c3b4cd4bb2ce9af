import { mkdir, readlink, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { observeDocker } from "../../../src/docker/await-engine.ts";
import { createAuthority } from "../../../src/docker/certificates.ts";
import type { DockerObservation } from "../../../src/docker/docker-observation.ts";
import { ensureDaemon } from "../../../src/docker/ensure-daemon.ts";
import { hasOurs, restoreDaemon } from "../../../src/docker/restore-daemon.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";

const { signal } = new AbortController();
const clock = systemClock;
const unit = "etc/systemd/system/docker.service.d/swarmlab.conf";

async function configure(remote: PretendedMachine): Promise<void> {
  const authority = await createAuthority("lab");
  await ensureDaemon({
    remote,
    wanted: { "swarm-default-advertise-addr": "192.0.2.18", debug: true },
    tcp: { mode: "tls", address: "192.0.2.18", authority: () => Promise.resolve(authority) },
    restart: "now",
    docker: { channel: "distribution" },
    clock,
    signal,
    report: () => undefined,
  });
}

async function observe(remote: PretendedMachine): Promise<DockerObservation> {
  const { observation } = await observeDocker(remote, { signal });
  if (observation === undefined) throw new Error("the machine was not looked at");
  return observation;
}

const restore = async (remote: PretendedMachine) =>
  restoreDaemon({ remote, observation: await observe(remote), clock, signal });

describe("restoreDaemon", () => {
  it.each([
    ["a file of the person's", '{\n\t"debug":false,   "mtu": 1400 }'],
    ["no file", undefined],
  ])("leaves %s, nothing of its own, and the daemon running", async (_, config) => {
    await using machine = await PretendedMachine.create({ service: "active" });
    if (config !== undefined) await machine.write("etc/docker/daemon.json", config);
    await configure(machine);
    expect(hasOurs(await observe(machine))).toBe(true);
    expect(await machine.read(unit)).toContain("tlsverify");
    expect(await restore(machine)).toBe("restarted");
    expect(await machine.read("etc/docker/daemon.json")).toBe(config);
    expect(hasOurs(await observe(machine))).toBe(false);
    for (const path of [unit, "etc/docker/swarmlab.json", "etc/docker/swarmlab-ca.pem"])
      expect([path, await machine.read(path)]).toEqual([path, undefined]);
    expect(await machine.read("service")).toBe("active\n");
    const calls = await machine.fixtureCalls();
    expect(await restore(machine)).toBe("kept");
    expect((await machine.fixtureCalls()).filter((call) => call.includes("restart"))).toEqual(
      calls.filter((call) => call.includes("restart")),
    );
  });

  it("writes through a link, as configuration management leaves one, and leaves it a link", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write("srv/daemon.json", '{"debug":false}');
    await mkdir(join(machine.root, "etc/docker"), { recursive: true });
    const link = join(machine.root, "etc/docker/daemon.json");
    await symlink("../../srv/daemon.json", link);
    await configure(machine);
    expect(await machine.read("srv/daemon.json")).toContain("192.0.2.18");
    expect(await restore(machine)).toBe("restarted");
    expect(await readlink(link)).toBe("../../srv/daemon.json");
    expect(await machine.read("srv/daemon.json")).toBe('{"debug":false}');
  });

  it("lets nobody read in the record what daemon.json keeps to its owner", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await machine.write(
      "etc/docker/daemon.json",
      '{"proxies":{"http-proxy":"http://me:secret@proxy"}}',
      0o600,
    );
    await configure(machine);
    const mode = async (file: string) => (await stat(join(machine.root, "etc/docker", file))).mode & 0o777;
    expect(await machine.read("etc/docker/swarmlab.json")).toContain("secret");
    expect([await mode("swarmlab.json"), await mode("daemon.json")]).toEqual([0o600, 0o600]);
  });

  it("keeps what was edited meanwhile, and starts no daemon that was stopped", async () => {
    await using machine = await PretendedMachine.create({ service: "active" });
    await configure(machine);
    await machine.write("etc/docker/daemon.json", '{"debug":true,"mtu":1300}');
    await machine.write("service", "inactive\n");
    expect(await restore(machine)).toBe("changed");
    expect(JSON.parse((await machine.read("etc/docker/daemon.json")) ?? "")).toEqual({ mtu: 1300 });
    expect(await machine.read("service")).toBe("inactive\n");
  });

  it("takes its flags back where no systemd starts the daemon", async () => {
    const flags = '# own\nDOCKER_OPTS="--dns 192.0.2.1"\n';
    await using machine = await PretendedMachine.create({ init: "upstart", service: "active" });
    await machine.write("etc/default/docker", flags);
    await configure(machine);
    expect(hasOurs(await observe(machine))).toBe(true);
    expect(await restore(machine)).toBe("restarted");
    expect(await machine.read("etc/default/docker")).toBe(flags);
    expect(hasOurs(await observe(machine))).toBe(false);
  });
});
