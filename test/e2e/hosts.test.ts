import { execFile } from "node:child_process";
import { mkdtemp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StatusReport } from "../../src/app/status-report.ts";
import type { UpPlan } from "../../src/app/plan-up.ts";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { loadCluster } from "../../src/cluster/load.ts";
import type { Remote } from "../../src/remote/remote.ts";
import { fingerprintOf, generateSshKeyPair } from "../../src/remote/ssh-keys.ts";
import { expectExit, patience, runCli, type CliResult } from "./cli.ts";
import { nspawnProvider } from "./nspawn.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findExposedSecrets, secretsIn } from "./secrets.ts";
import { findTraces } from "./traces.ts";

const name = `e2e-${process.pid.toString(36)}-hosts`;
const password = "correct horse battery";
const execute = promisify(execFile);
const { signal } = new AbortController();
const progress = { report: () => undefined, signal };
const provider = nspawnProvider();

/** A person who may use sudo with a password. $1: the public key. */
const addAdmin = `
useradd --create-home --shell /bin/bash admin
echo 'admin:${password}' | chpasswd
echo 'admin ALL=(ALL) ALL' >/etc/sudoers.d/admin
install -d -m 700 -o admin -g admin ~admin/.ssh
echo "$1" >~admin/.ssh/authorized_keys
chown admin: ~admin/.ssh/authorized_keys
hostnamectl set-hostname "own-$(hostname)" || hostname "own-$(hostname)"
`;
/** As nobody would write it but a person. */
const ownConfig = '{\n\t"log-opts" : {"max-size": "5m"},  "debug":false }';
/** A machine with a life of its own. */
const liveOwnLife = `
mkdir -p /etc/docker && printf '%s' '${ownConfig}' >/etc/docker/daemon.json && chmod 640 /etc/docker/daemon.json
systemctl restart docker
libraries=$(ldd /bin/busybox | grep -o '/[^ ]*')
tar -ch /bin/busybox $libraries | docker import - own-image:latest >/dev/null
docker network create own-network >/dev/null
docker volume create own-volume >/dev/null
docker run --detach --name own-container --network own-network --volume own-volume:/data own-image:latest /bin/busybox sleep 86400 >/dev/null
`;
const purge = `
systemctl stop docker.socket docker.service
DEBIAN_FRONTEND=noninteractive apt-get -qy purge docker.io containerd runc >/dev/null 2>&1
rm -rf /etc/docker /var/lib/containerd
if command -v dockerd; then exit 1; fi
`;
/** Only the other machines reach its SSH server from now on. */
const closeToComputer = `
gateway=$(ip route | sed -n 's/^default via \\([^ ]*\\).*/\\1/p')
iptables -I INPUT -p tcp --dport 22 -s "$gateway" -m conntrack --ctstate NEW -j DROP
`;
/** All that swarmlab might change, without what Docker itself keeps. */
const look = `
cat /etc/hosts; hostname
stat -c '%A %U %G' /etc/docker/daemon.json; cat /etc/docker/daemon.json
ls /etc/docker | grep -v key.json
ls -R /etc/systemd/system | grep -v '^$'
docker ps --all --no-trunc --format '{{.ID}} {{.Image}} {{.Names}}'
docker inspect --format '{{.State.Running}}' own-container
docker images --no-trunc --format '{{.ID}} {{.Repository}}'
docker volume ls --quiet
docker network ls --format '{{.ID}} {{.Name}}' | grep -vE ' (docker_gwbridge|bridge)$'
docker info --format '{{.Swarm.LocalNodeState}}'
ss -Hltn | awk '{print $4}' | grep -E ':(2375|2376|2377|7946)$'
`;

describeOnRealMachines("machines that exist already", () => {
  let cluster: Cluster;
  let directory: string;
  /** By machine, of its SSH host key. */
  let fingerprints: ReadonlyMap<string, string>;
  let before: string;
  /** All that was printed. */
  let said = "";

  const addressOf = (machine: string): string =>
    cluster.machines.find((each) => each.name === machine)?.address ?? "";
  /** As root, by the way that the test has in. */
  const script = async (machine: string, text: string, ...args: readonly string[]): Promise<string> => {
    await using remote: Remote = await provider.connect(cluster, machine, { timeoutMs: 60_000, signal });
    // By stdin: sudo notes its arguments.
    const command = {
      argv: ["sh", "-s", "--", ...args],
      stdin: text,
      sudo: true,
      timeoutMs: 300_000,
    } as const;
    return (await remote.tryRun(command)).stdout.trim();
  };
  const swarmlab = async (args: readonly string[], exitCode = 0): Promise<CliResult> => {
    const env = { HOME: directory, SWARMLAB_HOME: join(directory, "home"), SWARMLAB_SUDO_PASSWORD: password };
    const result = await runCli(args, { directory, env, timeoutMs: 400_000 });
    said += result.stdout + result.stderr;
    return expectExit(result, exitCode);
  };
  const status = async () => JSON.parse((await swarmlab(["status", "--json"])).stdout) as StatusReport;
  const writeConfig = async (its: { install: boolean; managerKey?: string }): Promise<void> => {
    const print = (machine: string): string => fingerprints.get(machine) ?? "";
    const text = `
name: ${name}
provider: hosts
docker: { install: ${its.install} }
hosts:
  manager: { address: ${addressOf("manager")}, user: admin, key: key, fingerprint: "${its.managerKey ?? print("manager")}" }
  node1: { address: ${addressOf("node1")}, user: admin, key: key }
  node2: { address: ${addressOf("node2")}, user: admin, key: key, jump: node1, fingerprint: "${print("node2")}" }
`;
    await writeFile(join(directory, "swarmlab.yaml"), text);
  };
  beforeAll(async () => {
    const readText = (): Promise<string> => Promise.resolve(`name: ${name}\nworkers: 2\n`);
    const loaded = await loadCluster({ directory: resolve("test/e2e"), readText, overrides: {} });
    cluster = await provider.claim(loaded.cluster, signal);
    await provider.prepare(cluster, progress);
    directory = await mkdtemp(join(tmpdir(), `swarmlab-${name}-`));
    const keys = generateSshKeyPair("admin");
    await writeFile(join(directory, "key"), keys.privateKey, { mode: 0o600 });
    const hostKeys = new Map<string, string>();
    await Promise.all(
      cluster.machines.map(async ({ name: machine }) => {
        await provider.create(cluster, machine, progress);
        await script(machine, addAdmin, keys.publicKey);
        hostKeys.set(machine, [(await provider.login(cluster, machine, signal)).hostKey].flat().join("\n"));
      }),
    );
    fingerprints = new Map([...hostKeys].map(([machine, key]) => [machine, fingerprintOf(key)]));
    await mkdir(join(directory, ".ssh"));
    const known = `${addressOf("node1")} ${hostKeys.get("node1") ?? ""}\n`;
    await writeFile(join(directory, ".ssh/known_hosts"), known);
    await script("manager", liveOwnLife);
    await script("node1", purge);
    await script("node2", closeToComputer);
    before = await script("manager", look);
    expect(before).toContain("true");
  });
  afterAll(async () => {
    await provider.destroy(cluster, progress);
    await rm(directory, { recursive: true });
    expect(await findTraces(name)).toEqual([]);
  });

  it("refuses one with another host key, and one without an engine where none may be installed; nothing is touched", async () => {
    const wrong = "SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
    await writeConfig({ install: false, managerKey: wrong });
    const { stderr } = await swarmlab(["up"], 3);
    expect(stderr).toContain("manager shows another SSH host key than the one that is accepted");
    expect(stderr).toContain(fingerprints.get("manager"));
    expect(stderr).toContain("it has no Docker engine, and none may be installed");
    expect(await script("manager", look)).toBe(before);
    expect(await readdir(directory)).not.toContain("home");
  });

  it("tells what it would do, and does nothing", async () => {
    await writeConfig({ install: true });
    const { stdout } = await swarmlab(["up", "--dry-run", "--json"]);
    const { actions } = JSON.parse(stdout) as UpPlan;
    expect(actions.map(({ machine, action }) => `${machine}: ${action}`)).toEqual(
      expect.arrayContaining(["manager: restart its Docker daemon", "node1: install the Docker engine"]),
    );
    expect(await script("manager", look)).toBe(before);
  });

  it("takes them into one swarm, over a jump host, with sudo's password", async () => {
    const direct = provider.connect(cluster, "node2", { timeoutMs: 3000, signal });
    await expect(direct).rejects.toMatchObject({ failure: { kind: "unreachable" } });
    await swarmlab(["up"]);
    const { swarm, machines, subnet } = await status();
    expect(swarm).toMatchObject({ managers: 1, workers: 2, ready: 3, healthy: true });
    expect(subnet).toBeNull();
    expect(machines.map(({ state, docker }) => [state, docker?.tcp])).toEqual(
      ["manager", "node1", "node2"].map((machine) => ["running", `tcp://${addressOf(machine)}:2376`]),
    );
  });

  it("leaves what was there: host names, the container that ran, the options of the daemon", async () => {
    const names = "cat /etc/hosts; hostname";
    expect(before.startsWith(await script("manager", names))).toBe(true);
    const running = "docker inspect --format '{{.State.Running}}' own-container";
    expect(await script("manager", running)).toBe("true");
    const config = JSON.parse(await script("manager", "cat /etc/docker/daemon.json")) as unknown;
    expect(config).toMatchObject({ "log-opts": { "max-size": "5m" }, debug: false });
  });

  it("a second up changes nothing", async () => {
    const trace = "pid=$(pidof dockerd); cut -d' ' -f22 /proc/$pid/stat; stat -c '%n %y %i' /etc/docker/*";
    const first = await script("manager", trace);
    const { machines } = await status();
    await swarmlab(["up"]);
    expect(await script("manager", trace)).toBe(first);
    expect((await status()).machines).toEqual(machines);
    const { stdout } = await swarmlab(["up", "--dry-run", "--json"]);
    expect((JSON.parse(stdout) as UpPlan).actions).toEqual([]);
  });

  it("runs commands on them, and gives other clients their way in", async () => {
    const { stdout } = await swarmlab(["exec", "--", "sh", "-c", "echo $USER at $(hostname)"]);
    expect(stdout.split("\n").filter(Boolean).sort()).toEqual([
      "manager | admin at own-manager",
      "node1   | admin at own-node1",
      "node2   | admin at own-node2",
    ]);
    const { file } = JSON.parse((await swarmlab(["ssh-config", "--json"])).stdout) as {
      readonly file: string;
    };
    const ssh = await execute("ssh", ["-F", file, `${name}-node2`, "hostname"]);
    expect(ssh.stdout).toBe("own-node2\n");
  });

  it("doctor looks at them, and has no error to tell", async () => {
    const { stdout } = await swarmlab(["doctor", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      chosen: "hosts",
      healthy: true,
      cluster: { machines: ["manager", "node1", "node2"] },
    });
  });

  it("breaks them through themselves, and they heal with nobody there; their power and disks are left alone", async () => {
    const fault = (args: string, exitCode?: number) => swarmlab(["fault", ...args.split(" ")], exitCode);
    const seen = async () => ({
      node2: await script("manager", `ping -qc1 -W1 ${addressOf("node2")} | grep -o '[01] received'`),
      node1: await script(
        "node1",
        "[ $(cut -d' ' -f3 /proc/$(cat /run/docker.pid)/stat) = T ] && echo paused || systemctl is-active docker",
      ),
    });
    await fault("inject isolate node2 --for 6s");
    await fault("inject pause node1 --for 6s");
    expect(await seen()).toEqual({ node2: "0 received", node1: "paused" });
    await swarmlab(["exec", "--on", "node2", "--", "true"]);
    await expect
      .poll(seen, { timeout: 60_000 * patience, interval: 500 })
      .toEqual({ node2: "1 received", node1: "active" });
    await fault("inject stop node1");
    expect(await seen()).toMatchObject({ node1: "inactive" });
    await fault("heal --all");
    expect(await seen()).toMatchObject({ node1: "active" });
    for (const [args, reason] of [
      ["kill node1", "not swarmlab's own"],
      ["fill-disk node1", "others need its disk"],
      ["block 22 --on node1", "the way in"],
      ["skew-clock node1 --by -1h", "is a container"],
    ] as const)
      expect((await fault(`inject ${args}`, 3)).stderr.replaceAll(/\s+/g, " ")).toContain(reason);
    expect(await status()).toMatchObject({ faults: [] });
  });

  it("neither stops them nor saves them nor clears them for labs", async () => {
    expect((await swarmlab(["halt"], 2)).stderr).toContain("the machines are not its own");
    expect((await swarmlab(["snapshot", "save", "one"], 2)).stderr).toContain("Save them by their own means");
    expect((await swarmlab(["lab", "start", "1", "--yes"], 2)).stderr).toContain("they clear all containers");
  });

  it("what is kept of them is for their owner alone, and no password is in it or was said", async () => {
    const record = join(directory, "home/hosts", name, "cluster.json");
    expect((await stat(record)).mode & 0o777).toBe(0o600);
    const seen = await script("manager", "journalctl --no-pager; cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    expect(seen).toContain("dockerd");
    expect(seen + said).not.toContain(password);
    expect(secretsIn(said)).toEqual([]);
    expect(await findExposedSecrets(name)).toEqual([]);
  });

  it("destroy says which one does not answer, and gives the others back", async () => {
    const silence = (verb: "-I" | "-D") =>
      [
        "iptables",
        verb,
        "INPUT",
        ..."-p tcp --dport 22 -m conntrack --ctstate NEW -j REJECT".split(" "),
      ] as const;
    await using way = await provider.connect(cluster, "node1", { timeoutMs: 60_000, signal });
    await way.run({ argv: silence("-I"), sudo: true });
    const { stderr } = await swarmlab(["destroy", "--yes"], 1);
    expect(stderr).toContain("node1: it does not answer over SSH");
    expect(stderr).toContain("node2: it does not answer over SSH");
    await way.run({ argv: silence("-D"), sudo: true });
    expect(await script("manager", look)).toBe(before);
  });

  it("another destroy gives back the rest", async () => {
    await swarmlab(["destroy", "--yes"]);
    expect(await readdir(join(directory, "home/hosts"))).toEqual([]);
    expect(await script("manager", look)).toBe(before);
    const left = "docker info --format '{{.Swarm.LocalNodeState}}'; ls /etc/docker | grep -v key.json";
    expect(await script("node1", left)).toBe("inactive");
  });

  it("does not touch one that is in a swarm of others", async () => {
    await script("manager", `docker swarm init --advertise-addr ${addressOf("manager")} >/dev/null`);
    const swarm = await script("manager", look);
    const { stderr } = await swarmlab(["up"], 1);
    expect(stderr).toContain("there are machines in a swarm that this cluster did not make");
    expect(await script("manager", look)).toBe(swarm);
    expect(await readdir(join(directory, "home/hosts"))).toEqual([]);
  });
});
