import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectExit } from "./cli.ts";
import { killMachine } from "./kill-machine.ts";
import { makeLab, nodeIds, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findTraces } from "./traces.ts";

const yaml = `
# The workers have disks.
workers: 1
labels:
  node1: { disk: ssd }
`;

/** An image without a registry. */
const makeImage = `
  libraries=$(ldd /bin/busybox | grep -o '/[^ ]*')
  sudo tar -ch /bin/busybox $libraries | docker import - e2e-busybox:latest >/dev/null`;

describeOnRealMachines("a cluster that grows and shrinks", () => {
  let lab: E2eLab;
  const config = () => readFile(join(lab.directory, "swarmlab.yaml"), "utf8");
  const places = async () =>
    Object.fromEntries((await lab.status()).machines.map(({ name, address }) => [name, address]));
  /** Machines with running tasks of the service. */
  const hosts = async () => {
    const list =
      "docker service ps --filter desired-state=running --format '{{.Node}} {{.CurrentState}}' web";
    return ((await lab.script("manager", list))["manager"] ?? "")
      .split("\n")
      .map((line) => line.replace(/ Running.*/, ""))
      .toSorted();
  };

  beforeAll(async () => {
    lab = await makeLab({ label: "grow", yaml });
    await lab.succeed(["up"]);
  });
  afterAll(() => lab.destroy());

  it("adds managers and workers, and nobody else moves", async () => {
    const [before, ids] = [await places(), await nodeIds(lab)];
    const { stdout } = await lab.succeed(["node", "add", "--manager", "2", "--worker", "2", "--json"]);
    const added = ["manager2", "manager3", "node2", "node3"];
    expect(JSON.parse(stdout)).toMatchObject({
      added,
      status: { swarm: { managers: 3, workers: 3, healthy: true } },
    });
    expect(await config()).toContain("# The workers have disks.\nworkers: 3\nmanagers: 3\nlabels:");
    expect(await places()).toMatchObject(before);
    expect(await nodeIds(lab)).toMatchObject(ids);
  });

  it("refuses to remove managers that the quorum needs", async () => {
    await lab.script("workers", makeImage);
    await lab.script(
      "manager",
      "docker service create --detach --no-resolve-image --name web --replicas 3 --init --stop-grace-period 1s --constraint node.role==worker e2e-busybox:latest /bin/busybox sleep 86400",
    );
    await killMachine(lab.name, "manager3");
    const { stderr } = expectExit(await lab.run(["node", "remove", "manager2", "--yes"]), 1);
    expect(stderr).toContain("error: manager2 cannot be removed");
    expect(stderr).toContain("swarmlab node remove manager3");
    expect(await config()).toContain("managers: 3");
  });

  it("removes a dead manager and a living one together", async () => {
    await lab.succeed(["node", "remove", "manager2", "manager3", "--yes"]);
    const { swarm, machines } = await lab.status();
    expect(swarm).toMatchObject({ managers: 1, workers: 3, healthy: true });
    expect(machines.map(({ name }) => name)).toEqual(["manager", "node1", "node2", "node3"]);
    expect(await findTraces(lab.name)).not.toContainEqual(expect.stringContaining("manager3"));
    expect(expectExit(await lab.run(["node", "remove", "manager", "--yes"]), 1).stderr).toContain(
      "No manager would be left",
    );
  });

  it("removes the first worker: its tasks run elsewhere, the others keep names, addresses and nodes", async () => {
    await expect.poll(hosts, { timeout: 30_000 }).toEqual(["node1", "node2", "node3"]);
    const [{ node1, ...before }, { node1: oldId, ...ids }] = [await places(), await nodeIds(lab)];
    expect([node1, oldId]).not.toContain(undefined);
    const asked = expectExit(await lab.run(["node", "remove", "node1"]), 2);
    expect(asked.stderr).toContain("remove node1 with all that it holds (1 container)");
    expect(asked.stderr).toContain("swarmlab node remove node1 --yes");
    await lab.succeed(["node", "remove", "node1", "--yes"]);
    expect(await config()).toContain("workers: 3\nmanagers: 1\nwithout: [node1]\n");
    expect(await config()).not.toContain("ssd");
    expect(await places()).toEqual(before);
    expect(await nodeIds(lab)).toEqual(ids);
    expect(new Set(await hosts())).toEqual(new Set(["node2", "node3"]));
    expect((await lab.script("manager", "docker node ls --quiet | wc -l"))["manager"]).toBe("3");
    expect((await findTraces(lab.name)).filter((trace) => /node1|\.18$/.test(trace))).toEqual([]);
    expect((await lab.succeed(["up", "--dry-run"])).stdout).toBe("Nothing to do.\n");
  });
});
