import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { UpPlan } from "../../src/app/plan-up.ts";
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

  it("removes a machine that the file no longer asks for: shown first, and never without being asked", async () => {
    const [{ node3, ...before }, ids] = [await places(), await nodeIds(lab)];
    expect(node3).toBeDefined();
    await writeFile(
      join(lab.directory, "swarmlab.yaml"),
      `${(await config()).replace("workers: 3", "workers: 2")}\nlabels: { node2: { disk: hdd } }\n`,
    );
    const planned = JSON.parse((await lab.succeed(["up", "--dry-run", "--json"])).stdout) as UpPlan;
    expect(planned.actions).toContainEqual(
      expect.objectContaining({
        machine: "node3",
        action: "remove the machine, once its tasks run elsewhere",
      }),
    );
    const { stderr } = expectExit(await lab.run(["up"]), 2);
    expect(stderr).toContain("remove node3 with all that is on it");
    expect(stderr).toContain("swarmlab up --yes");
    expect(await nodeIds(lab)).toEqual(ids);
    await lab.succeed(["up", "--yes"]);
    expect(await places()).toEqual(before);
    expect(new Set(await hosts())).toEqual(new Set(["node2"]));
  });

  it("reset makes a new swarm on cleared machines, and what swarmlab.yaml asks for is there again", async () => {
    const dirt = `docker volume create mine; docker network create mine; docker run --detach --name mine --volume mine:/mine --init e2e-busybox:latest /bin/busybox sleep 86400`;
    await lab.script("node2", dirt);
    const objects = `echo x | docker secret create s -; echo x | docker config create c -; docker network create --driver overlay o; docker node update --label-add own=1 node2`;
    await lab.script("manager", objects);
    const before = await lab.status();
    const asked = expectExit(await lab.run(["reset"]), 2);
    expect(asked.stderr).toContain("swarmlab reset --yes");
    const broken = lab.start(["reset", "--yes"]);
    await broken.sees("End the swarm: started");
    broken.kill("SIGKILL");
    await broken.done;
    const { stdout } = await lab.succeed(["reset", "--yes", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ endedLab: null, status: { swarm: { healthy: true } } });
    const after = await lab.status();
    expect(after.swarm.id).not.toBe(before.swarm.id);
    expect(after.machines.map(({ name, address, docker }) => ({ name, address, docker }))).toEqual(
      before.machines.map(({ name, address, docker }) => ({ name, address, docker })),
    );
    const left =
      "docker ps -aq; docker volume ls -q; docker image ls -q; docker network ls --quiet --filter type=custom --format '{{.Name}}' | grep -v ^ingress$";
    const ofSwarm =
      "docker service ls -q; docker secret ls -q; docker config ls -q; docker node inspect --format '{{json .Spec.Labels}}' node2";
    expect(await lab.script("node2", left)).toEqual({ node2: "docker_gwbridge" });
    expect(
      ((await lab.script("manager", `${left}; ${ofSwarm}`))["manager"] ?? "").split("\n").toSorted(),
    ).toEqual(["docker_gwbridge", '{"disk":"hdd"}']);
  });
});
