import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { HostsProvider } from "../../../src/machine/hosts/hosts-provider.ts";
import { fingerprintOf } from "../../../src/remote/ssh-keys.ts";
import { ExecaProcessRunner } from "../../../src/system/execa-process-runner.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import { startSshServer, type SshServer, type SshServerOptions } from "../../support/ssh-server.ts";
import { clusterOf } from "../../support/vagrant-hosts.ts";

const { signal } = new AbortController();
const how = { timeoutMs: 5000, signal };
const password = "correct horse battery";

/** A computer of a person, with machines that answer on its loopback. */
class Computer implements AsyncDisposable {
  readonly home: string;
  readonly provider: HostsProvider;
  readonly servers: SshServer[] = [];
  readonly warnings: string[] = [];
  asked = 0;

  static async create(): Promise<Computer> {
    return new Computer(await mkdtemp(join(tmpdir(), "swarmlab-home-")));
  }

  private constructor(home: string) {
    this.home = home;
    this.provider = new HostsProvider({
      processes: new ExecaProcessRunner({ env: process.env, onRun: () => undefined }),
      clock: systemClock,
      home: join(home, "swarmlab"),
      userHome: home,
      user: "me",
      agentSocket: undefined,
      warn: (text) => this.warnings.push(text),
      lookUp: (name) => Promise.resolve(name === "web.example.org" ? "192.0.2.50" : undefined),
      sudoPassword: () => {
        this.asked += 1;
        return Promise.resolve(password);
      },
    });
  }

  /** Starts a machine; returns how `swarmlab.yaml` lists it, with `more` in it. */
  async machine(name: string, more = "", options: SshServerOptions = {}): Promise<string> {
    const server = await startSshServer(options);
    this.servers.push(server);
    const key = join(this.home, `${name}.key`);
    await writeFile(key, server.userKey);
    await chmod(key, 0o600);
    const address = `192.0.2.${this.servers.length}`;
    const print = fingerprintOf(server.hostKey);
    return `  ${name}: { address: 127.0.0.1, port: ${server.port}, key: ${key}, advertise-addr: ${address}, fingerprint: "${print}"${more} }\n`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server[Symbol.asyncDispose]();
    await rm(this.home, { recursive: true });
  }
}

const listed = (lines: string): Cluster => ({
  ...clusterOf(`provider: hosts\nhosts:\n${lines}`),
  owner: "/nowhere/lab",
});
const echo = async (its: Computer, cluster: Cluster, name: string, sudo = false): Promise<string> => {
  await using remote = await its.provider.connect(cluster, name, how);
  return (await remote.run({ argv: ["sh", "-c", "echo $FAKE_SUDO in"], sudo })).stdout.trim();
};

// Some wait for a machine that does not answer; each has a computer of its own.
describe.concurrent("HostsProvider", () => {
  it("connects to no machine before it is taken, and remembers for its owner alone those that were", async () => {
    await using its = await Computer.create();
    const cluster = listed((await its.machine("manager")) + (await its.machine("node1")));
    const { provider } = its;
    expect(await provider.inspect(cluster)).toEqual({
      machines: [
        { name: "manager", state: "absent", address: "192.0.2.1" },
        { name: "node1", state: "absent", address: "192.0.2.2" },
      ],
    });
    expect(its.servers.map(({ seen }) => seen.connections)).toEqual([0, 0]);
    await provider.claim(cluster);
    const record = join(provider.stateDirectory(cluster), "cluster.json");
    expect((await stat(record)).mode & 0o777).toBe(0o600);
    expect(await readFile(record, "utf8")).not.toContain("PRIVATE");
    expect((await provider.inspect(cluster)).machines.map(({ state }) => state)).toEqual([
      "running",
      "running",
    ]);
    await its.servers[1]?.[Symbol.asyncDispose]();
    expect((await provider.inspect(cluster)).machines[1]).toMatchObject({
      state: "unreachable",
      detail: expect.stringContaining("ECONNREFUSED") as string,
    });
  });

  it("still knows a machine that swarmlab.yaml no longer lists, until the cluster is destroyed", async () => {
    await using its = await Computer.create();
    const manager = await its.machine("manager");
    await its.provider.claim(listed(manager + (await its.machine("node1"))));
    const fewer = listed(manager);
    await its.provider.claim(fewer);
    expect((await its.provider.inspect(fewer)).machines.map(({ name }) => name)).toEqual([
      "manager",
      "node1",
    ]);
    expect(await echo(its, fewer, "node1")).toBe("in");
    await its.provider.destroy(fewer);
    await its.provider.destroy(fewer);
    expect((await its.provider.inspect(fewer)).machines).toMatchObject([
      { name: "manager", state: "absent" },
    ]);
  });

  it("forgets one that was removed, listed still or not, and knows the others", async () => {
    await using its = await Computer.create();
    const manager = await its.machine("manager");
    const both = listed(manager + (await its.machine("node1")));
    await its.provider.claim(both);
    await its.provider.remove(both, "node1");
    await its.provider.remove(both, "node1");
    expect((await its.provider.inspect(both)).machines).toMatchObject([
      { name: "manager", state: "running" },
      { name: "node1", state: "absent" },
    ]);
    expect((await its.provider.inspect(listed(manager))).machines).toHaveLength(1);
  });

  it("gives one up that is neither listed nor answers", async () => {
    await using its = await Computer.create();
    const manager = await its.machine("manager");
    const both = listed(manager + (await its.machine("node1")));
    await its.provider.claim(both);
    await its.servers[1]?.[Symbol.asyncDispose]();
    expect((await its.provider.inspect(both)).machines).toHaveLength(2);
    expect(its.warnings).toEqual([]);
    expect((await its.provider.inspect(listed(manager))).machines.map(({ name }) => name)).toEqual([
      "manager",
    ]);
    expect(its.warnings).toEqual([
      expect.stringContaining("node1 (192.0.2.2) is not listed any more and does not answer"),
    ]);
  });

  it("goes another way to the same machine, and refuses another machine by its name", async () => {
    await using its = await Computer.create();
    const line = await its.machine("manager");
    await its.provider.claim(listed(line));
    const renamed = listed(line.replace("127.0.0.1", "localhost"));
    expect(await echo(its, renamed, "manager")).toBe("in");
    const moved = listed(line.replace("192.0.2.1", "192.0.2.99"));
    await expect(its.provider.settle(moved)).rejects.toMatchObject({
      failure: {
        kind: "usage",
        message: "manager was taken into the cluster at 192.0.2.1, and swarmlab.yaml leads to 192.0.2.99",
      },
    });
    expect(await echo(its, moved, "manager")).toBe("in");
  });

  it("looks names up, and does not share a cluster's name", async () => {
    await using its = await Computer.create();
    const cluster = listed("  manager: { address: web.example.org }\n");
    expect((await its.provider.inspect(cluster)).machines).toEqual([
      { name: "manager", state: "absent", address: "192.0.2.50" },
    ]);
    const other = join(its.home, "other");
    await mkdir(other);
    await writeFile(join(other, "swarmlab.yaml"), "");
    await its.provider.claim({ ...cluster, owner: other });
    await expect(its.provider.claim(cluster)).rejects.toMatchObject({ failure: { kind: "name-taken" } });
  });

  it("goes through other hosts, listed or not, and closes the whole way", async () => {
    await using its = await Computer.create();
    const manager = await its.machine("manager", "", { forwards: true });
    const node1 = await its.machine("node1", ", jump: manager", { forwards: true });
    const node2 = await its.machine("node2", ", jump: node1");
    const cluster = listed(manager + node1 + node2);
    expect(await echo(its, cluster, "node2")).toBe("in");
    await expect.poll(() => its.servers.map(({ seen }) => seen.sockets.size)).toEqual([0, 0, 0]);
    const way = `me@127.0.0.1:${its.servers[0]?.port ?? 0}`;
    await mkdir(join(its.home, ".ssh"));
    await writeFile(join(its.home, ".ssh/id_ed25519"), its.servers[0]?.userKey ?? "");
    const known = `[127.0.0.1]:${its.servers[0]?.port ?? 0} ${its.servers[0]?.hostKey ?? ""}\n`;
    await writeFile(join(its.home, ".ssh/known_hosts"), known);
    expect(await echo(its, listed(manager + node1.replace("jump: manager", `jump: "${way}"`)), "node1")).toBe(
      "in",
    );
  });

  it("takes the usual key and what known_hosts has, where nothing is said", async () => {
    await using its = await Computer.create();
    await its.machine("manager");
    const [server] = its.servers;
    const cluster = listed(
      `  manager: { address: 127.0.0.1, port: ${server?.port ?? 0}, advertise-addr: 192.0.2.1 }\n`,
    );
    await expect(its.provider.connect(cluster, "manager", how)).rejects.toMatchObject({
      failure: { kind: "prerequisite", problems: [{ what: "the SSH host key of manager is not known" }] },
    });
    await mkdir(join(its.home, ".ssh"));
    await writeFile(join(its.home, ".ssh/id_ecdsa"), server?.userKey ?? "");
    const known = `[127.0.0.1]:${server?.port ?? 0} ${server?.hostKey ?? ""}\n`;
    await writeFile(join(its.home, ".ssh/known_hosts"), known);
    expect(await echo(its, cluster, "manager")).toBe("in");
    expect(await its.provider.login(cluster, "manager", signal)).toEqual({
      address: "127.0.0.1",
      port: server?.port,
      user: "me",
      identityFile: join(its.home, ".ssh/id_ecdsa"),
      hostKey: [server?.hostKey],
    });
  });

  it("refuses another host key, and says what was found", async () => {
    await using its = await Computer.create();
    const [right, wrong] = [await its.machine("manager"), await its.machine("node1")];
    const print = /SHA256:[^"]+/.exec(wrong)?.[0] ?? "";
    const cluster = listed(right.replace(/SHA256:[^"]+/, print));
    const found = fingerprintOf(its.servers[0]?.hostKey ?? "");
    const failure = {
      kind: "prerequisite",
      problems: [{ why: `expected ${print}\nfound    ${found}` }],
    };
    await expect(its.provider.connect(cluster, "manager", how)).rejects.toMatchObject({ failure });
    await expect(its.provider.login(cluster, "manager", signal)).rejects.toMatchObject({ failure });
    expect(its.servers[0]?.seen.logins).toBe(0);
  });

  it("gives other clients the key behind a fingerprint, and the jump by the name that they know", async () => {
    await using its = await Computer.create();
    const manager = await its.machine("manager", "", { forwards: true });
    const cluster = listed(manager + (await its.machine("node1", ", user: admin, jump: manager")));
    expect(await its.provider.login(cluster, "node1", signal)).toMatchObject({
      user: "admin",
      hostKey: its.servers[1]?.hostKey,
      jump: "swarmlab-manager",
    });
  });

  it("asks for sudo's password once, and only where sudo asks for it", async () => {
    await using its = await Computer.create();
    const sudo = { env: { FAKE_SUDO_PASSWORD: password, FAKE_SUDO_ATTEMPTS: "attempts" } };
    const manager = await its.machine("manager", "", sudo);
    const cluster = listed(manager + (await its.machine("node1", "", sudo)) + (await its.machine("node2")));
    expect(await echo(its, cluster, "node2", true)).toBe("1 in");
    expect(its.asked).toBe(0);
    expect(await echo(its, cluster, "manager", true)).toBe("1 in");
    expect(await echo(its, cluster, "node1", true)).toBe("1 in");
    expect(await echo(its, cluster, "manager", true)).toBe("1 in");
    expect(its.asked).toBe(1);
  });

  it("looks once whether sudo asks for a password", async () => {
    await using its = await Computer.create();
    const calls = join(its.home, "calls");
    const cluster = listed(await its.machine("manager", "", { env: { FAKE_SUDO_CALLS: calls } }));
    await echo(its, cluster, "manager");
    await echo(its, cluster, "manager");
    expect((await readFile(calls, "utf8")).trim().split("\n")).toHaveLength(1);
  });

  it("stops no machine", async () => {
    await using its = await Computer.create();
    await expect(its.provider.stop()).rejects.toMatchObject({ failure: { kind: "usage" } });
  });
});
