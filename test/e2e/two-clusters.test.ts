import { readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { defaultSubnet } from "../../src/cluster/network-rules.ts";
import { expectExit } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { hostReaches, Outsider } from "./outsider.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findProcesses, findTraces } from "./traces.ts";

describeOnRealMachines("two clusters side by side", () => {
  let first: E2eLab;
  let second: E2eLab;

  beforeAll(async () => {
    first = await makeLab({ label: "first", yaml: "workers: 1" });
    second = await makeLab({ label: "second", yaml: "workers: 1" });
    await first.succeed(["up"]);
  });
  afterAll(async () => {
    await Promise.all([first.destroy(), second.destroy()]);
  });

  it("the second takes another subnet and says so", async () => {
    const { stderr } = await second.succeed(["up"]);
    const [one, two] = [await first.status(), await second.status()];
    expect(two.subnet).not.toBe(one.subnet);
    // Other tests' clusters come and go: the first one need not have the subnet that the second asks for.
    expect(stderr.includes(`the machines get ${two.subnet}.`)).toBe(two.subnet !== defaultSubnet);
    expect([one.swarm.healthy, two.swarm.healthy]).toEqual([true, true]);
    expect(two.swarm.id).not.toBe(one.swarm.id);
  });

  it("what their machines listen on is reached from this host, and neither from beside it nor from the other cluster", async () => {
    await using outsider = await Outsider.arrive(first.name);
    const open = await listening(first);
    expect(open.length).toBeGreaterThan(5);
    for (const { address, port } of open) {
      expect([address, port, await hostReaches(address, port)]).toEqual([address, port, true]);
      expect([address, port, await outsider.reaches(address, port)]).toEqual([address, port, false]);
    }
    const asked = open.map(
      ({ address, port }) =>
        `timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${port}' && echo ${address}:${port};`,
    );
    const reached = await second.script("node1", `(${asked.join("")}) 2>/dev/null; true`);
    expect(reached).toEqual({ node1: "" });
    await first.script("manager", `ping -c 1 -W 2 ${outsider.address}`);
  });

  it("nothing of them listens in this host's own network", async () => {
    const hostNetwork = await readlink("/proc/self/ns/net");
    for (const { name } of [first, second]) {
      const processes = findProcesses(name).filter(({ command }) => command !== "systemd-nspawn");
      const networks = await Promise.all(
        processes.map(async ({ pid, command }) => [
          command,
          await readlink(`/proc/${pid}/ns/net`).catch(() => "ended"),
        ]),
      );
      expect(networks.length).toBeGreaterThan(10);
      expect(networks.filter(([, network]) => network === hostNetwork)).toEqual([]);
    }
  });

  it("a call leaves no connection behind in its process", async () => {
    const open = () => process.getActiveResourcesInfo().filter((kind) => /TCP|Pipe|Process/.test(kind));
    const before = open();
    await Promise.all([
      first.status(),
      second.status(),
      first.script("all", "true"),
      second.run(["lab", "list"]),
    ]);
    expect(open()).toEqual(before);
  });

  it("those that come up at the same moment get a subnet each", async () => {
    const labels = ["third", "fourth", "fifth", "sixth"];
    const labs = await Promise.all(labels.map((label) => makeLab({ label, yaml: "workers: 0" })));
    try {
      await Promise.all(labs.map((lab) => lab.succeed(["up"])));
      const subnets = await Promise.all(labs.map(async (lab) => (await lab.status()).subnet));
      expect(new Set(subnets).size).toBe(labels.length);
    } finally {
      await Promise.all(labs.map((lab) => lab.destroy()));
    }
  });

  it("a subnet asked for by number that the first has is refused, and nothing is made", async () => {
    const { subnet } = await first.status();
    await using third = await makeLab({ label: "third", yaml: `subnet: ${subnet}` });
    const { stderr } = expectExit(await third.run(["up"]), 2);
    expect(stderr).toContain(`the subnet ${subnet} is in use`);
    expect(stderr).toContain(first.name);
    expect(await findTraces(third.name)).toEqual([]);
  });

  it("the name of the first is refused in another directory, with its owner", async () => {
    await using other = await makeLab({ label: "other", yaml: "" });
    await other.writeFile(`name: ${first.name}\n`);
    for (const command of [["up"], ["destroy", "--yes"]]) {
      expect(expectExit(await other.run(command), 2).stderr).toContain(first.directory);
    }
    expect((await first.status()).swarm.healthy).toBe(true);
  });

  it("destroying one leaves the other as it is", async () => {
    const before = (await findTraces(first.name)).filter(isLasting);
    await second.succeed(["destroy", "--yes"]);
    expect(await findTraces(second.name)).toEqual([]);
    expect((await findTraces(first.name)).filter(isLasting)).toEqual(before);
    expect((await first.status()).swarm.healthy).toBe(true);
  });

  it("destroy removes a cluster whose files are all lost", async () => {
    await rm(join(first.directory, ".swarmlab"), { recursive: true, force: true });
    await rm(join("/var/lib/swarmlab/clusters", first.name), { recursive: true });
    expect(await findTraces(first.name)).not.toEqual([]);
    await first.succeed(["destroy", "--yes"]);
    expect(await findTraces(first.name)).toEqual([]);
  });
});

/** What the machines of a cluster listen on by TCP, beyond their loopback. */
async function listening(
  lab: E2eLab,
): Promise<readonly { readonly address: string; readonly port: number }[]> {
  const { machines } = await lab.status();
  const sockets = await lab.script("all", "ss --listening --tcp --numeric --no-header | awk '{ print $4 }'");
  return machines.flatMap(({ name, address }) => {
    const beyond = (sockets[name] ?? "").split("\n").filter((socket) => !/^(127\.|\[::1\])/.test(socket));
    const ports = beyond.map((socket) => Number(/\d+$/.exec(socket)?.[0]));
    return [...new Set(ports)].map((port) => ({ address: address ?? "", port }));
  });
}

/** Some processes and cgroups of a machine come and go by themselves. */
function isLasting(trace: string): boolean {
  const [kind, , command = ""] = trace.split(" ");
  if (kind === "process") return ["systemd-nspawn", "systemd", "dockerd", "containerd"].includes(command);
  return kind !== "cgroup" && kind !== "mount";
}
