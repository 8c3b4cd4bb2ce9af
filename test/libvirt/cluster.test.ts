import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit } from "../e2e/cli.ts";
import { measured } from "./figures.ts";
import { makeVmLab, type VmLab } from "./vm-lab.ts";

/** What must stay the same when nothing is changed: the daemon, when it and the machine started, and its configuration. */
const fingerprint = `
  pid=$(pidof dockerd)
  echo "$pid $(cut -d' ' -f22 /proc/$pid/stat) $(cat /proc/sys/kernel/random/boot_id)"
  stat -c '%y %i' /etc/docker/daemon.json /etc/hosts`;

/** An image without a registry: busybox and the libraries it needs. */
const makeImage = `
  libraries=$(ldd /bin/busybox | grep -o '/[^ ]*')
  sudo tar -ch /bin/busybox $libraries 2>/dev/null | docker import - busybox:test`;

/** One task, on the worker: the manager's answer can only come over the mesh. */
const createService = `
  docker service create --detach --no-resolve-image --name web --publish 8080:80 --constraint node.role==worker \
    --stop-grace-period 1s --hostname '{{.Node.Hostname}}' busybox:test /bin/busybox httpd -f -p 80 -h /etc`;

describe("a cluster of emulated VMs", () => {
  let lab: VmLab;

  beforeAll(async () => {
    lab = await makeVmLab();
  });
  afterAll(() => lab.remove());

  it("an interrupted up ends with its Vagrant; whatever that leaves, no machine counts as made", async () => {
    const up = lab.start(["up", "--json"]);
    await up.sees("Waiting for domain to get an IP address");
    expect(await lab.vagrants()).not.toEqual([]);
    up.kill("SIGINT");
    expect(expectExit(await up.done, 130).stderr).toContain("swarmlab up   (goes on where it stopped");
    expect(await lab.vagrants()).toEqual([]);
    const states = (await lab.status()).machines.map(({ state }) => state);
    expect(states.filter((state) => state !== "absent" && state !== "creating")).toEqual([]);
  });

  it("the next up goes on: two VMs, one swarm", async () => {
    await measured("up", () => lab.succeed(["up"]));
    const { provider, machines, swarm } = await lab.status();
    expect(provider).toBe("libvirt");
    expect(machines.map(({ name, state, swarm }) => [name, state, swarm?.role])).toEqual([
      ["manager", "running", "manager"],
      ["node1", "running", "worker"],
    ]);
    expect(swarm).toMatchObject({ managers: 1, workers: 1, ready: 2, healthy: true });
    expect(await lab.traces()).toEqual([
      `directory ${lab.name}`,
      `domain swarmlab-${lab.name}-manager`,
      `domain swarmlab-${lab.name}-node1`,
      `network swarmlab-${lab.name}`,
      `volume swarmlab-${lab.name}-manager.img`,
      `volume swarmlab-${lab.name}-node1.img`,
    ]);
  });

  it("a second up changes nothing", async () => {
    const before = await lab.script("all", fingerprint);
    await measured("second up", () => lab.succeed(["up"]));
    expect(await lab.script("all", fingerprint)).toEqual(before);
  });

  it("a published port answers on every machine through the routing mesh", async () => {
    await lab.script("all", makeImage);
    await lab.script("manager", createService);
    await measured("mesh", () => expectAnswers(lab));
  });

  it("a VM that is cut off heals by itself; one that is killed is off, and healed it is the same node", async () => {
    const before = await nodeIds(lab);
    const reached = () => lab.script("manager", "ping -qc1 -W5 node1 | grep -o '[01] received'");
    await lab.succeed(["fault", "inject", "isolate", "node1", "--for", "60s"]);
    expect(await reached()).toEqual({ manager: "0 received" });
    await expect.poll(reached, { timeout: 300_000, interval: 2000 }).toEqual({ manager: "1 received" });
    await lab.succeed(["fault", "inject", "kill", "node1"]);
    expect((await lab.status()).machines.map(({ state }) => state)).toEqual(["running", "stopped"]);
    await measured("heal", () => lab.succeed(["fault", "heal", "--all"]));
    await expect
      .poll(async () => (await lab.status()).swarm, { timeout: 600_000, interval: 2000 })
      .toMatchObject({ ready: 2, healthy: true });
    expect(await nodeIds(lab)).toEqual(before);
  });

  it("halt stops the machines, which can be saved then, and up brings back the same nodes and the service", async () => {
    const before = await nodeIds(lab);
    await measured("halt", () => lab.succeed(["halt"]));
    expect((await lab.status()).machines.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
    await measured("snapshot save", () => lab.succeed(["snapshot", "save", "first"]));
    await measured("up again", () => lab.succeed(["up"]));
    expect(await nodeIds(lab)).toEqual(before);
    await measured("mesh again", () => expectAnswers(lab));
  });

  it("is restored, both disks together: what came later is gone, and what was removed answers", async () => {
    const before = await nodeIds(lab);
    await lab.script("all", "docker volume create later");
    await lab.script("manager", "docker service rm web");
    await measured("snapshot restore", () => lab.succeed(["snapshot", "restore", "first", "--yes"]));
    const volumes = "docker volume ls --quiet --filter name=later";
    expect(await lab.script("all", volumes)).toEqual({ manager: "", node1: "" });
    expect(await nodeIds(lab)).toEqual(before);
    await measured("mesh after restore", () => expectAnswers(lab));
    const { stdout } = await lab.succeed(["snapshot", "list", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ snapshots: [{ name: "first" }] });
  });

  it("destroy leaves nothing, of snapshots either, and can be repeated", async () => {
    await measured("destroy", () => lab.succeed(["destroy", "--yes"]));
    expect(await lab.traces()).toEqual([]);
    await lab.succeed(["destroy", "--yes"]);
    expect((await lab.status()).machines.map(({ state }) => state)).toEqual(["absent", "absent"]);
  });

  it("VMs that nobody remembers are told, and destroyed by their names", async () => {
    const up = lab.start(["up", "--json"]);
    await up.sees("Waiting for domain to get an IP address");
    await lab.loseState(up);
    const { machines } = await lab.status();
    expect(machines.map(({ state }) => state)).toContain("broken");
    const refused = expectExit(await lab.start(["up"]).done, 3);
    expect(refused.stderr).toContain("swarmlab destroy");
    await measured("destroy what is lost", () => lab.succeed(["destroy", "--yes"]));
    expect(await lab.traces()).toEqual([]);
  });
});

const nodeIds = async (lab: VmLab) => (await lab.status()).machines.map(({ swarm }) => swarm?.nodeId);

/** From this computer, at the addresses of both machines. */
async function expectAnswers(lab: VmLab): Promise<void> {
  const { machines } = await lab.status();
  const ask = () =>
    Promise.all(machines.map(({ address }) => answerOf(`http://${address ?? ""}:8080/hostname`)));
  await expect.poll(ask, { timeout: 600_000, interval: 2000 }).toEqual(["node1", "node1"]);
}

async function answerOf(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return (await answer.text()).trim();
  } catch (error) {
    return String(error);
  }
}
