import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { UpPlan } from "../../src/app/plan-up.ts";
import type { StatusReport } from "../../src/app/status-report.ts";
import type { StepProfile } from "../../src/app/step-profile.ts";
import { expectExit } from "./cli.ts";
import { makeLab, nodeIds, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findCgroups, findTraces } from "./traces.ts";

const yaml = `
resources:
  manager: { memory: 1GiB, cpus: 2 }
  worker: { memory: 768MiB, cpus: 1.5 }
`;

/** What must stay the same when nothing is changed: the daemon, when it and the machine started, and its configuration. */
const fingerprint = `
  pid=$(pidof dockerd)
  echo "$pid $(cut -d' ' -f22 /proc/$pid/stat) $(cut -d' ' -f22 /proc/1/stat)"
  stat -c '%y %i' /etc/docker/daemon.json /etc/hosts`;

/** Whom a restart would disturb. */
const pids = "pidof dockerd; docker ps --quiet --no-trunc | sort";
const running = `${pids}; cat /etc/docker/daemon.json`;

/** What the daemon itself says of its options. */
const options = `
  docker info --format '{{.Debug}} {{json .Labels}}'
  docker events --since 1h --until $(date +%s.%N) --filter type=daemon --filter event=reload \
    --format '{{index .Actor.Attributes "max-concurrent-downloads"}}' | tail -n 1`;

/** An image without a registry: busybox and the libraries it needs. */
const makeImage = `
  libraries=$(ldd /bin/busybox | grep -o '/[^ ]*')
  sudo tar -ch /bin/busybox $libraries | docker import - e2e-busybox:latest`;

/** Asks each task of the service at its own address: virtual IPs would need a kernel with ip_vs. */
const askTasks = `
  docker run --rm --network e2e e2e-busybox:latest /bin/busybox sh -c '
    for ip in $(busybox nslookup -type=a tasks.web | busybox sed -n "/^Name/,\\$ s/^Address.*: //p"); do
      busybox wget -qO- http://$ip/hostname
    done' | sort`;

/** How often a daemon that logs what it is asked was asked about itself, and about its end of the ingress network. */
const requests = `
sudo journalctl --sync
for path in info networks/ingress; do sudo journalctl -u docker --no-pager | grep -c "Calling GET /$path"; done`;

describeOnRealMachines("the life of a cluster with a manager and two workers", () => {
  let lab: E2eLab;
  let firstUp: string;
  const everyNode = "manager\nnode1\nnode2";
  const withDocker = (docker: string) => `name: ${lab.name}\nprovider: nspawn\n${yaml}docker:${docker}\n`;
  const planned = async () => {
    const { stdout } = await lab.succeed(["up", "--dry-run", "--json"]);
    return (JSON.parse(stdout) as UpPlan).actions.map(({ machine, action }) => `${machine}: ${action}`);
  };

  beforeAll(async () => {
    lab = await makeLab({ label: "life", yaml });
    firstUp = (await lab.succeed(["up", "--json"])).stderr;
  });
  afterAll(() => lab.destroy());

  it("the swarm of a new cluster begins among the steps of its machines, and nothing begins it again", () => {
    const founding = /"id":"swarm\/init\/manager","state":"done","text":"started"/g;
    expect(firstUp.match(founding)).toHaveLength(1);
    const [machines = "", afterwards = ""] = firstUp.split(/"id":"machines","state":"done"/);
    expect(machines).toMatch(founding);
    expect(afterwards).toContain('"id":"swarm/join/node1"');
    expect(afterwards).not.toContain("swarm/init");
  });

  it("a box remembers what its dockerd says of itself", async () => {
    const both = "cut -d' ' -f3- /var/lib/swarmlab-engine; sudo dockerd --version";
    const [remembered, said] = (await lab.script("node1", both))["node1"]?.split("\n") ?? [];
    expect(remembered).toMatch(/^Docker version /);
    expect(remembered).toBe(said);
  });

  it("status --json tells machines, daemons and nodes", async () => {
    const report = await lab.status();
    const network = (report.subnet ?? "").replace(/\.0\/24$/, "");
    expect(report).toEqual({
      schemaVersion: 1,
      name: lab.name,
      provider: "nspawn",
      subnet: `${network}.0/24`,
      machines: [
        machineReport("manager", "manager", `${network}.17`),
        machineReport("node1", "worker", `${network}.18`),
        machineReport("node2", "worker", `${network}.19`),
      ],
      swarm: {
        id: expect.stringMatching(/^\w{25}$/) as string,
        managers: 1,
        workers: 2,
        ready: 3,
        healthy: true,
      },
      faults: [],
    });
    expect(new Set(report.machines.map(({ docker }) => docker?.engineId)).size).toBe(3);
    expect(new Set(report.machines.map(({ swarm }) => swarm?.nodeId)).size).toBe(3);
  });

  it("the host shows processes, mounts, namespaces, links, cgroups, rules and a directory", async () => {
    const kinds = new Set((await findTraces(lab.name)).map((trace) => trace.split(" ")[0]));
    expect([...kinds]).toEqual(["cgroup", "directory", "link", "mount", "namespace", "process", "rule"]);
  });

  it("a second up changes nothing, and tells how long each machine took", async () => {
    const look = async () => ({ machines: await lab.script("all", fingerprint), nodes: await nodeIds(lab) });
    const before = await look();
    const { stdout } = await lab.succeed(["up", "--profile", "--json"]);
    expect(await look()).toEqual(before);
    const { profile, swarm } = JSON.parse(stdout) as StatusReport & { readonly profile: StepProfile };
    expect(swarm.healthy).toBe(true);
    const steps = new Set(profile.steps.map(({ kind, machine }) => `${kind} ${machine ?? "-"}`));
    expect(steps).toContain("machines/ssh manager");
    expect(steps).toContain("machines/docker node2");
    expect(steps).toContain("verify/nodes -");
  });

  it("exec prefixes each line with its machine", async () => {
    const { stdout } = await lab.succeed(["exec", "--", "hostname"]);
    expect(stdout.trim().split("\n").sort()).toEqual([
      "manager | manager",
      "node1   | node1",
      "node2   | node2",
    ]);
  });

  it("exec --on workers leaves the manager out", async () => {
    expect(await lab.script("workers", "hostname")).toEqual({ node1: "node1", node2: "node2" });
  });

  it("exec fails when the command fails on one machine", async () => {
    const result = await lab.run(["exec", "--", "sh", "-c", '[ "$(hostname)" != node1 ] && echo well']);
    expect(expectExit(result, 1).stdout).toMatch(/^manager \| well$/m);
  });

  it("ssh ends with the exit code of the remote command", async () => {
    const result = await lab.run(["ssh", "node1", "--", "sh", "-c", "hostname; echo woe >&2; exit 7"]);
    expect(expectExit(result, 7)).toMatchObject({ stdout: "node1\n", stderr: "woe\n" });
  });

  it("ssh without a command takes its commands from a pipe, and ends with it", async () => {
    const result = await lab.run(["ssh", "node1"], { input: "hostname\n" });
    expect(expectExit(result, 0).stdout).toBe("node1\n");
  });

  it("every machine knows the names of all, and the name servers of the host", async () => {
    const { machines } = await lab.status();
    const addresses = machines.map(({ address }) => address).join(" ");
    const printed = await lab.script("all", "echo $(getent hosts manager node1 node2 | cut -d' ' -f1)");
    expect(printed).toEqual({ manager: addresses, node1: addresses, node2: addresses });
    const servers = (await readFile("/etc/resolv.conf", "utf8")).match(/^nameserver (?!127\.).*$/gm);
    if (servers === null) return;
    const inside = await lab.script("node1", "grep ^nameserver /etc/resolv.conf");
    expect(inside["node1"]).toBe(servers.join("\n"));
  });

  it("no two machines share a machine-id or an SSH host key", async () => {
    for (const file of ["/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key.pub"]) {
      const contents = Object.values(
        await lab.script("all", `sudo cat ${file} || sudo ssh-keygen -yf ${file.slice(0, -4)}`),
      );
      expect(new Set(contents).size).toBe(3);
      expect(contents).not.toContain("");
    }
  });

  it("the limits of swarmlab.yaml stand in the cgroups", async () => {
    const GiB = 1024 ** 3;
    expect(await limitsOf(lab.name, "manager")).toEqual({ memoryBytes: GiB, cpus: 2 });
    expect(await limitsOf(lab.name, "node2")).toEqual({ memoryBytes: 0.75 * GiB, cpus: 1.5 });
  });

  it("restarting Docker on one machine leaves the daemons of the others alone", async () => {
    const before = await lab.script("all", fingerprint);
    await lab.succeed(["ssh", "node1", "--", "sudo", "systemctl", "restart", "docker"]);
    const after = await lab.script("all", fingerprint);
    expect(after).toEqual({ ...before, node1: after["node1"] });
    expect(after["node1"]).not.toBe(before["node1"]);
  });

  it("a service answers across machines over an attachable overlay network", async () => {
    await lab.script("all", makeImage);
    await lab.script(
      "manager",
      `docker network create --driver overlay --attachable e2e
       docker service create --detach --no-resolve-image --name web --init --network e2e --endpoint-mode dnsrr \
         --replicas 3 --replicas-max-per-node 1 --stop-grace-period 1s --hostname '{{.Node.Hostname}}' \
         e2e-busybox:latest /bin/busybox httpd -f -p 80 -h /etc`,
    );
    await expectAnswers(lab, everyNode);
  });

  it("options that a daemon reads again disturb neither it nor tasks, by role and by machine", async () => {
    const look = async () => ({ machines: await lab.script("all", pids), nodes: await nodeIds(lab) });
    const before = await look();
    await lab.writeFile(
      withDocker(`
  daemon: { debug: true }
  daemon-by-role: { worker: { max-concurrent-downloads: 7, labels: [disk=hdd] } }
  daemon-by-machine: { node2: { labels: [disk=ssd] } }`),
    );
    expect(await planned()).toEqual(
      ["manager", "node1", "node2"].map((name) => `${name}: reload its Docker daemon`),
    );
    const { stderr } = await lab.succeed(["up"]);
    expect(stderr.match(/^Daemons, one after the other > .*configured and reloaded/gm)).toHaveLength(3);
    expect(await lab.script("all", options)).toEqual({
      manager: "true []\n3",
      node1: 'true ["disk=hdd"]\n7',
      node2: 'true ["disk=ssd"]\n7',
    });
    expect(await look()).toEqual(before);
    expect(await planned()).toEqual([]);
  });

  it("a second up asks a worker's daemon each thing once", async () => {
    const look = async (): Promise<readonly number[]> =>
      Object.values(await lab.script("workers", requests)).flatMap((lines) => lines.split("\n").map(Number));
    const before = await look();
    expect(before).toHaveLength(4);
    await lab.succeed(["up"]);
    expect(await look()).toEqual(before.map((count) => count + 1));
  });

  it("a daemon that refuses options runs on with those from before", async () => {
    const before = await lab.script("all", running);
    await lab.writeFile(withDocker("\n  daemon: { debug: true, labels: [nonsense] }"));
    const { stderr } = expectExit(await lab.run(["up"]), 1);
    expect(stderr).toContain("bad attribute format: nonsense");
    expect(stderr).toContain("The configuration from before is in force again.");
    expect(await lab.script("all", running)).toEqual(before);
  });

  it("options that are taken away are gone, and the service lives on", async () => {
    await lab.writeFile(withDocker(" {}"));
    expect(await planned()).toEqual(
      ["manager", "node1", "node2"].map((name) => `${name}: restart its Docker daemon`),
    );
    await lab.succeed(["up"]);
    const gone = await lab.script("all", options);
    expect(gone).toEqual({ manager: "false []", node1: "false []", node2: "false []" });
    await expectAnswers(lab, everyNode);
  });

  it("halt stops the machines, and up brings back the same nodes and the service", async () => {
    const before = await nodeIds(lab);
    await lab.succeed(["halt"]);
    const halted = await lab.status();
    expect(halted.machines.map(({ state }) => state)).toEqual(["stopped", "stopped", "stopped"]);
    expect(halted.swarm.healthy).toBe(false);
    expect((await findTraces(lab.name)).filter((trace) => trace.startsWith("process"))).toEqual([]);
    await lab.succeed(["up"]);
    expect((await lab.status()).swarm).toMatchObject({ ready: 3, healthy: true });
    expect(await nodeIds(lab)).toEqual(before);
    await expectAnswers(lab, everyNode);
  });

  it("name servers are those that the host has now, except where somebody changed them", async () => {
    const servers = () => lab.script("all", "grep ^nameserver /etc/resolv.conf");
    const upWith = async (server: string) => {
      const file = join(lab.directory, "resolv.conf");
      await writeFile(file, `${server}\n`);
      const elsewhere = ["sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file];
      await lab.succeed(["up"], { through: ["unshare", "--mount", ...elsewhere] });
    };
    const [first, second, own] = ["nameserver 192.0.2.1", "nameserver 192.0.2.2", "nameserver 192.0.2.3"];
    await lab.script("node2", `echo ${own} | sudo tee /etc/resolv.conf`);
    await lab.succeed(["fault", "inject", "kill", "node1"]);
    await upWith(first);
    expect(await servers()).toEqual({ manager: first, node1: first, node2: own });
    await upWith(second);
    expect(await servers()).toEqual({ manager: second, node1: second, node2: own });
  });

  it("destroy without a terminal and without --yes destroys nothing", async () => {
    const result = expectExit(await lab.run(["destroy"]), 2);
    expect(result.stderr).toContain("swarmlab destroy --yes");
    expect((await lab.status()).swarm.healthy).toBe(true);
  });

  it("destroy --yes leaves nothing, and can be repeated", async () => {
    await lab.succeed(["destroy", "--yes"]);
    expect(await findTraces(lab.name)).toEqual([]);
    await lab.succeed(["destroy", "--yes"]);
    expect((await lab.status()).machines.map(({ state }) => state)).toEqual(["absent", "absent", "absent"]);
  });
});

function machineReport(name: string, role: string, address: string) {
  const text = (pattern: RegExp): string => expect.stringMatching(pattern) as string;
  return {
    name,
    role,
    state: "running",
    address,
    docker: {
      version: text(/^\d+\.\d+/),
      engineId: text(/./),
      tcp: expect.toBeOneOf([null, expect.stringMatching(`^tcp://${address}:`)]) as unknown,
    },
    swarm: {
      state: "active",
      nodeId: text(/^\w{25}$/),
      role,
      availability: "active",
      status: "ready",
      leader: role === "manager",
    },
  };
}

/** Tasks start, and DNS learns of them, a while after the service is asked for: daemons that missed each other at boot try again after a minute. */
async function expectAnswers(lab: E2eLab, answers: string): Promise<void> {
  const ask = async () => (await lab.script("node1", askTasks))["node1"];
  await expect.poll(ask, { timeout: 70_000, interval: 500 }).toBe(answers);
}

/** From cgroup v1 or v2, whichever this host has. */
async function limitsOf(cluster: string, machine: string): Promise<object> {
  const groups = (await findCgroups(cluster)).filter((path) =>
    new RegExp(`[/-]${machine}(\\.service)?$`).test(path),
  );
  const read = async (file: string) => {
    const contents = await Promise.all(
      groups.map((group) => readFile(join(group, file), "utf8").catch(() => "")),
    );
    return contents.join("").trim();
  };
  const memory = (await read("memory.limit_in_bytes")) || (await read("memory.max"));
  const v1 = `${await read("cpu.cfs_quota_us")} ${await read("cpu.cfs_period_us")}`;
  const [quotaUs, periodUs] = (v1.trim() === "" ? await read("cpu.max") : v1).split(" ");
  return { memoryBytes: Number(memory), cpus: Number(quotaUs) / Number(periodUs) };
}
