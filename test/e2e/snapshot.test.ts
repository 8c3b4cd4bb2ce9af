import { execFile } from "node:child_process";
import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SnapshotList } from "../../src/app/snapshot-list.ts";
import { expectExit } from "./cli.ts";
import { makeLab, nodeIds, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const execute = promisify(execFile);

/** An image without a registry: busybox and the libraries it needs. */
const makeImage = `
  libraries=$(ldd /bin/busybox | grep -o '/[^ ]*')
  sudo tar -ch /bin/busybox $libraries | docker import - e2e-busybox:latest >/dev/null`;

/** A service with a config and data in a volume of node1; its task tells what it has. */
const makeService = `
  echo from-config | docker config create greeting - >/dev/null
  docker node update --label-add disk=ssd node1 >/dev/null
  docker service create --detach --no-resolve-image --name web --init --constraint node.role==worker \
    --config greeting --mount type=volume,source=data,target=/data e2e-busybox:latest \
    /bin/busybox sh -c '[ -e /data/kept ] || echo from-volume > /data/kept; exec busybox sleep 86400' >/dev/null
  until [ "$(docker service ls --format '{{.Replicas}}')" = 1/1 ]; do sleep 0.2; done`;

/** What of it is there: the task with its config and its data, a file in place of the box's own, one that is gone from it. */
const lookAtService = `
  until seen=$(docker exec $(docker ps -q --filter name=web) /bin/busybox cat /greeting /data/kept 2>/dev/null); do sleep 0.2; done
  echo "$seen"; cat /etc/motd; ls /etc/issue.net 2>&1 | grep -o 'No such file'`;
const service = ["from-config", "from-volume", "saved", "No such file"];

describeOnRealMachines("snapshots of one manager and one worker", () => {
  let lab: E2eLab;
  let directory: string;
  let ids: Awaited<ReturnType<typeof nodeIds>>;

  const names = async (): Promise<readonly string[]> => {
    const { stdout } = await lab.succeed(["snapshot", "list", "--json"]);
    return (JSON.parse(stdout) as SnapshotList).snapshots.map(({ name }) => name);
  };
  const killAt = async (args: readonly string[], text: string): Promise<void> => {
    const running = lab.start(args);
    await running.sees(text);
    running.kill("SIGKILL");
    expectExit(await running.done, null);
  };
  const upper = (machine: string, path: string): string =>
    join(directory, "machines", machine, "upper", path);
  const expectRestored = async (): Promise<void> => {
    expect(await lab.script("node1", lookAtService)).toEqual({ node1: service.join("\n") });
    const label =
      "docker node inspect node1 --format '{{.Spec.Labels.disk}}'; docker service ls --format '{{.Name}}'";
    expect(await lab.script("manager", label)).toEqual({ manager: "ssd\nweb" });
    const { machines, swarm } = await lab.status();
    expect(Object.fromEntries(machines.map((machine) => [machine.name, machine.swarm?.nodeId]))).toEqual(ids);
    expect(swarm).toMatchObject({ ready: 2, healthy: true });
    expect(await readdir(join(directory, "snapshots"))).toEqual(["first"]);
    expect((await readdir(directory)).filter((entry) => entry.startsWith("restore"))).toEqual([]);
  };

  beforeAll(async () => {
    lab = await makeLab({ label: "snap", yaml: "workers: 1" });
    directory = join("/var/lib/swarmlab/clusters", lab.name);
    await lab.succeed(["up"]);
    await lab.script("node1", `${makeImage}; echo saved | sudo tee /etc/motd; sudo rm /etc/issue.net`);
    await lab.script("manager", makeService);
    ids = await nodeIds(lab);
  });
  afterAll(() => lab.destroy());

  it("is saved and listed, and the swarm runs again as it was", async () => {
    const { stdout } = await lab.succeed(["snapshot", "save", "first"]);
    expect(stdout).toContain("swarmlab snapshot restore first");
    await expectRestored();
    const list = JSON.parse((await lab.succeed(["snapshot", "list", "--json"])).stdout) as SnapshotList;
    expect(list.snapshots).toEqual([
      {
        name: "first",
        savedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        bytes: expect.any(Number) as number,
        machines: ["manager", "node1"],
        managers: ["manager"],
      },
    ]);
    expect(list.snapshots[0]?.bytes).toBeGreaterThan(1_000_000);
  });

  it("refuses names that cannot be, are taken or are none, and asks before it replaces or destroys", async () => {
    const refusals = [
      [["save", "First"], "Take up to 40 small letters"],
      [["save", "first"], "swarmlab snapshot delete first"],
      [["restore", "none", "--yes"], "It has: first"],
      [["restore", "first"], "not done without being confirmed: replace all that the machines"],
    ] as const;
    for (const [args, says] of refusals)
      expect(expectExit(await lab.run(["snapshot", ...args]), 2).stderr).toContain(says);
    const { stderr } = expectExit(await lab.run(["destroy"]), 2);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain("and its snapshots (first)");
  });

  it("killed while it saves: no snapshot is seen, and the next command clears up", async () => {
    await lab.script(
      "manager",
      "docker service rm web; docker config rm greeting; docker node update --label-rm disk node1",
    );
    await lab.script(
      "node1",
      `until [ -z "$(docker ps -aq)" ]; do sleep 0.2; done
       docker volume rm data; docker swarm leave; echo changed | sudo tee /etc/motd /etc/issue.net`,
    );
    await killAt(["snapshot", "save", "second"], "Save second: started");
    expect(await names()).toEqual(["first"]);
    expect(expectExit(await lab.run(["snapshot", "delete", "second"]), 2).stderr).toContain("It has: first");
    expect(await readdir(join(directory, "snapshots"))).toEqual(["first"]);
  });

  it("is restored while the machines are halted: services, data, files, and the same nodes", async () => {
    await lab.succeed(["snapshot", "restore", "first", "--yes"]);
    await expectRestored();
  });

  it("killed while it restores: no mixture, and what is begun is known", async () => {
    await lab.script("manager", "docker service rm web");
    await lab.script("all", "echo later | sudo tee /etc/motd");
    await killAt(["snapshot", "restore", "first", "--yes"], "Restore first: started");
    const later = await Promise.all(
      ["manager", "node1"].map(
        async (name) => (await readFile(upper(name, "etc/motd"), "utf8").catch(() => "")) === "later\n",
      ),
    );
    const begun = (await readdir(directory)).includes("restore.json");
    expect(begun || later[0] === later[1]).toBe(true);
  });

  it("killed after the point of no return: up finishes the restore", async () => {
    // All that such a call has done up to then.
    const [incoming, saved] = [join(directory, "restore.incoming"), join(directory, "snapshots/first")];
    const outgoing = join(directory, "restore.outgoing");
    await execute("rm", ["-rf", incoming, outgoing]);
    for (const path of [incoming, outgoing]) await mkdir(path);
    await execute("cp", ["-a", join(saved, "machines"), join(saved, "tls"), incoming]);
    await writeFile(join(directory, "restore.json"), '{"schemaVersion":1,"name":"first"}');
    await lab.succeed(["up"]);
    await expectRestored();
    await expect(access(upper("manager", "etc/motd"))).rejects.toThrow("ENOENT");
  });

  it("is deleted", async () => {
    await lab.succeed(["snapshot", "delete", "first"]);
    expect(await names()).toEqual([]);
    expect(await readdir(join(directory, "snapshots"))).toEqual([]);
  });
});
