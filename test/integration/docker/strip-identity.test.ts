import { readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureDaemon } from "../../../src/docker/ensure-daemon.ts";
import { stripIdentity } from "../../../src/docker/strip-identity.ts";
import { FailureError } from "../../../src/failure.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";

const { signal } = new AbortController();

/** Goes with the machine's identity. */
const gone = [
  "data/docker/swarm/worker/tasks.db",
  "data/docker/engine-id",
  "etc/docker/key.json",
  "etc/docker/swarmlab.json",
  "var/lib/dhcp/dhclient.eth0.leases",
  "etc/udev/rules.d/70-persistent-net.rules",
  "etc/ssh/ssh_host_ed25519_key",
  "etc/ssh/ssh_host_ed25519_key.pub",
  "var/lib/dbus/machine-id",
];
/** Stays as it was. */
const kept = ["etc/ssh/sshd_config", "data/docker/image/overlay2", "etc/udev/rules.d/99-own.rules"];

async function lived(init: "systemd" | "upstart"): Promise<PretendedMachine> {
  const machine = await PretendedMachine.create({ init, service: "active" });
  for (const path of [...gone, ...kept]) if (!path.endsWith("swarmlab.json")) await machine.write(path, "x");
  await machine.write("etc/machine-id", "1f2e\n");
  if (init === "upstart") await machine.write("etc/init/ssh.conf", "");
  machine.files.set(
    "/etc/hosts",
    "127.0.0.1 localhost\n# swarmlab: begin\n192.0.2.17 manager\n# swarmlab: end\n",
  );
  const docker = { channel: "distribution" } as const;
  const report = () => undefined;
  await ensureDaemon({
    tcp: { mode: "off", address: "192.0.2.18" },
    restart: "now",
    remote: machine,
    wanted: { debug: true },
    docker,
    clock: systemClock,
    signal,
    report,
  });
  return machine;
}

describe.each(["systemd", "upstart"] as const)("stripIdentity with %s", (init) => {
  it("takes away what makes a machine itself, and what swarmlab set", async () => {
    await using machine = await lived(init);
    await stripIdentity(machine, signal);
    for (const path of gone) expect([path, await machine.read(path)]).toEqual([path, undefined]);
    for (const path of kept) expect([path, await machine.read(path)]).toEqual([path, "x"]);
    expect(await machine.read("etc/machine-id")).toBe("");
    expect(await machine.read("service")).toBe("inactive\n");
    expect(JSON.parse((await machine.read("etc/docker/daemon.json")) ?? "{}")).toEqual({});
    expect((await machine.read("etc/default/docker")) ?? "").toBe("");
    expect(machine.files.get("/etc/hosts")).toBe("127.0.0.1 localhost\n");
    const calls = await machine.fixtureCalls();
    expect(calls).toContain("apt-get clean");
    expect(calls.at(-1)).toBe("sync");
    await stripIdentity(machine, signal);
    expect(await machine.read("service")).toBe("inactive\n");
  });

  it.each([
    ["data/docker/swarm/docker-state.json", "it is in a swarm"],
    ["containers", "it runs containers"],
  ])("refuses because of %s, and changes nothing", async (path, why) => {
    await using machine = await lived(init);
    await machine.write(path, "1f2e\n");
    await expect(stripIdentity(machine, signal)).rejects.toMatchObject({
      failure: { kind: "prerequisite", problems: [{ where: "node1", why }] },
    });
    expect(await machine.read("etc/ssh/ssh_host_ed25519_key")).toBe("x");
    expect(await machine.read("etc/machine-id")).toBe("1f2e\n");
    expect(await machine.read("service")).toBe("active\n");
  });
});

describe("SSH host keys", () => {
  it("are made anew by systemd before sshd starts", async () => {
    await using machine = await lived("systemd");
    await stripIdentity(machine, signal);
    const wants = "etc/systemd/system/multi-user.target.wants/swarmlab-host-keys.service";
    expect(await machine.read(wants)).toMatch(
      /^Before=ssh\.service sshd\.service$[^]*^ExecStart=\S+ssh-keygen -A$/m,
    );
  });

  it("are made anew by upstart before sshd starts", async () => {
    await using machine = await lived("upstart");
    await stripIdentity(machine, signal);
    expect(await machine.read("etc/init/swarmlab-host-keys.conf")).toContain("start on starting ssh\ntask\n");
  });

  it("are left to a distribution that makes them", async () => {
    await using machine = await lived("systemd");
    await machine.write("usr/lib/systemd/system/sshd-keygen@.service", "");
    await stripIdentity(machine, signal);
    await expect(readdir(join(machine.root, "etc/systemd/system"))).rejects.toThrow("ENOENT");
    expect(await machine.read("etc/ssh/ssh_host_ed25519_key")).toBeUndefined();
  });

  it("are kept where no boot would make them", async () => {
    await using machine = await PretendedMachine.create({ init: "sysv" });
    await machine.write("etc/ssh/ssh_host_ed25519_key", "x");
    await expect(stripIdentity(machine, signal)).rejects.toBeInstanceOf(FailureError);
    expect(await machine.read("etc/ssh/ssh_host_ed25519_key")).toBe("x");
  });
});

describe("the machine ID of D-Bus", () => {
  it("stays a link to the other", async () => {
    await using machine = await lived("systemd");
    await stripIdentity(machine, signal);
    await symlink("/etc/machine-id", join(machine.root, "var/lib/dbus/machine-id"));
    await stripIdentity(machine, signal);
    expect(await readdir(join(machine.root, "var/lib/dbus"))).toEqual(["machine-id"]);
  });
});
