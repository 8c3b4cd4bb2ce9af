import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FaultList } from "../../src/app/fault-list.ts";
import type { FaultReport } from "../../src/app/fault-report.ts";
import { expectExit, patience } from "./cli.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findHealers, findTraces } from "./traces.ts";

/** Longer than a swarm takes to give up a node, or to choose a leader after a partition: seen to need more than a minute on a busy computer. */
const swarmTakes = { timeout: 180_000 * patience, interval: 500 };
/** For a test that waits for the swarm a few times. */
const waits = { timeout: 4 * swarmTakes.timeout };
const others = "manager2 manager3 node1 node2";
const drops = "sudo iptables -t raw -S";
const qdiscs = "sudo tc qdisc show dev eth0; sudo tc class show dev eth0";
const ingressEnd = `docker network inspect ingress --format '{{(index .Containers "ingress-sbox").IPv4Address}}'`;

describeOnRealMachines("faults", () => {
  let lab: E2eLab;

  beforeAll(async () => {
    lab = await makeLab({ label: "faults", yaml: "managers: 3\nworkers: 2" });
    await lab.succeed(["up"]);
  });
  afterAll(() => lab.destroy());

  const inject = async (...args: readonly string[]): Promise<FaultReport> => {
    const { stdout } = await lab.succeed(["fault", "inject", "--json", ...args]);
    return (JSON.parse(stdout) as { readonly fault: FaultReport }).fault;
  };
  const heal = (...args: readonly string[]) => lab.succeed(["fault", "heal", ...args]);
  const active = async () => {
    const { stdout } = await lab.succeed(["fault", "list", "--json"]);
    return (JSON.parse(stdout) as FaultList).faults.map(({ kind }) => kind);
  };
  const on = async (machine: string, script: string) => (await lab.script(machine, script))[machine] ?? "";
  /** `manager3 Down`, of those that are not as they should be, as a manager sees them. */
  const down = async () => {
    const nodes = await on("manager", "docker node ls --format '{{.Hostname}} {{.Status}}'");
    return nodes
      .split("\n")
      .filter((node) => !node.endsWith("Ready"))
      .toSorted();
  };
  const pings = async (from: string, to: string) =>
    on(from, `ping -qc1 -W1 ${to} >&2 && echo yes || echo no`);

  it(
    "a machine that is killed or paused and one whose daemon is stopped are down, and Ready once healed",
    waits,
    async () => {
      await inject("kill", "manager3");
      await inject("stop", "node1");
      await inject("pause", "node2");
      await expect.poll(down, swarmTakes).toEqual(["manager3 Down", "node1 Down", "node2 Down"]);
      expect(await active()).toEqual(["kill", "stop", "pause"]);
      await heal("--all");
      expect(await active()).toEqual([]);
      await expect.poll(down, swarmTakes).toEqual([]);
    },
  );

  it("a manager on the lesser side of a partition has no quorum, until it is healed", waits, async () => {
    const { id } = await inject("partition", "manager,manager2,workers", "manager3");
    const nodes = "docker node ls --quiet 2>/dev/null | wc -l";
    await expect.poll(() => on("manager3", nodes), swarmTakes).toBe("0");
    await expect.poll(() => on("manager", nodes), swarmTakes).toBe("5");
    expect(await pings("node1", "manager2")).toBe("yes");
    await heal(id);
    await expect.poll(() => on("manager3", nodes), swarmTakes).toBe("5");
    await expect.poll(down, swarmTakes).toEqual([]);
  });

  it("a blocked 4789/udp leaves the nodes Ready, while nothing crosses the overlay", async () => {
    const ends = await lab.script("manager,node1", ingressEnd);
    const [source, target] = ["manager", "node1"].map((name) => ends[name]?.replace(/\/.*/, "") ?? "");
    const crosses = () =>
      on(
        "manager",
        `sudo nsenter --net=/var/run/docker/netns/ingress_sbox ping -qc1 -W2 -I ${source} ${target} >&2 && echo yes || echo no`,
      );
    await expect.poll(crosses, swarmTakes).toBe("yes");
    const { id } = await inject("block", "4789/udp", "--on", "node1");
    expect(await crosses()).toBe("no");
    expect(await down()).toEqual([]);
    const again = expectExit(await lab.run(["fault", "inject", "block", "4789", "--on", "workers"]), 2);
    expect(again.stderr).toContain(`swarmlab fault heal ${id}`);
    await heal(id);
    expect(await crosses()).toBe("yes");
    expect(await on("node1", drops)).not.toContain("SWARMLAB");
  });

  it("an isolated machine is seen in status, still answers, and heals by itself when who isolated it is gone", async () => {
    const { id } = await inject("isolate", "node1", "--for", "6s");
    expect(findHealers(lab.name)).toHaveLength(1);
    const file = join("/var/lib/swarmlab/clusters", lab.name, "faults", `${id}.json`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { faults } = await lab.status();
    expect(faults).toMatchObject([{ id, machines: ["node1"], overdue: false }]);
    expect(
      await on("node1", `for each in ${others}; do ping -qc1 -W1 $each; done | grep -c ' 0 received'`),
    ).toBe("3");
    await expect.poll(active, swarmTakes).toEqual([]);
    expect(await pings("manager", "node1")).toBe("yes");
    await expect.poll(() => findHealers(lab.name), swarmTakes).toEqual([]);
  });

  it("a slow machine is one whose link has a limit, as far as the kernel can", async () => {
    const { id } = await inject("slow", "--on", "node1", "--rate", "1mbit");
    expect(await on("node1", qdiscs)).toMatch(/htb 51ab:[^]* rate 1Mbit/);
    await heal(id);
    const delayed = await lab.run(["fault", "inject", "slow", "--on", "node1", "--delay", "20"]);
    if (delayed.exitCode === 0) {
      expect(await on("node1", qdiscs)).toContain("netem");
      await heal("--all");
    } else {
      expect(expectExit(delayed, 3).stderr).toContain("it lacks netem (sch_netem)");
    }
    expect(await on("node1", qdiscs)).not.toContain("htb");
    expect(await active()).toEqual([]);
  });

  it.each([
    [["fill-disk", "node1"], "the disk of this computer"],
    [["skew-clock", "node1", "--by", "-1h"], "the clock of this computer"],
  ])("what would break this computer is refused with the reason: %j", async (args, reason) => {
    const { stderr } = expectExit(await lab.run(["fault", "inject", ...args]), 3);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(reason);
    expect(await active()).toEqual([]);
  });

  it("a damaged record is told, and no bug", async () => {
    const file = join("/var/lib/swarmlab/clusters", lab.name, "faults/kill-0000.json");
    await writeFile(file, "{");
    for (const command of [["status"], ["fault", "list"], ["fault", "heal", "--all"]])
      expect(expectExit(await lab.run(command), 1).stderr).toContain(file);
    await rm(file);
  });

  it("up says what is broken and repairs what it can; that is no fault any more", async () => {
    await inject("kill", "node1", "--for", "1h");
    await inject("stop", "manager3");
    await inject("pause", "node2");
    const { stderr } = await lab.succeed(["up"]);
    expect(stderr).toMatch(/Broken on purpose: .*node1 is off \(kill-/);
    expect(await lab.status()).toMatchObject({ faults: [], swarm: { healthy: true } });
    expect(findHealers(lab.name)).toEqual([]);
  });

  it("reset ends faults before it begins afresh", async () => {
    await inject("isolate", "node1", "--for", "1h");
    await lab.succeed(["reset", "--yes"]);
    expect(await lab.status()).toMatchObject({ faults: [], swarm: { healthy: true } });
    expect(findHealers(lab.name)).toEqual([]);
  });

  it("destroy in the midst of faults leaves nothing", async () => {
    await inject("pause", "node1", "--for", "1h");
    await inject("isolate", "manager2", "--for", "1h");
    await inject("slow", "--on", "managers", "--rate", "1mbit");
    await inject("kill", "node2");
    await lab.succeed(["destroy", "--yes"]);
    expect(await findTraces(lab.name)).toEqual([]);
  });
});
