import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { UpPlan } from "../../src/app/plan-up.ts";
import { expectExit } from "./cli.ts";
import { findExposedSecrets, secretsInArguments } from "./secrets.ts";
import { makeLab, nodeIds, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";

const yaml = `
managers: 3
workers: 2
labels:
  node1: { disk: ssd }
`;

describeOnRealMachines("three managers and two workers", () => {
  let lab: E2eLab;

  beforeAll(async () => {
    lab = await makeLab({ label: "many", yaml });
    await lab.succeed(["up"]);
  });
  afterAll(() => lab.destroy());

  it("has the roles, one leader and three managers that reach each other", async () => {
    const { machines, swarm } = await lab.status();
    expect(machines.map(({ name, swarm: node }) => `${name} ${node?.role ?? ""}`)).toEqual([
      "manager manager",
      "manager2 manager",
      "manager3 manager",
      "node1 worker",
      "node2 worker",
    ]);
    expect(machines.filter((machine) => machine.swarm?.leader === true)).toHaveLength(1);
    expect(swarm).toMatchObject({ managers: 3, workers: 2, ready: 5, healthy: true });
    const reachable =
      "docker node inspect --format '{{.ManagerStatus.Reachability}}' manager manager2 manager3";
    const printed = await lab.script("managers", `echo $(${reachable})`);
    expect(new Set(Object.values(printed))).toEqual(new Set(["reachable reachable reachable"]));
  });

  it("sets the labels of swarmlab.yaml", async () => {
    const printed = await lab.script("manager", "docker node inspect --format '{{json .Spec.Labels}}' node1");
    expect(JSON.parse(printed["manager"] ?? "")).toMatchObject({ disk: "ssd" });
  });

  it("up refuses a machine in a foreign swarm, and up --force takes it back", async () => {
    await lab.script("node2", "docker swarm leave --force && docker swarm init --advertise-addr eth0 >&2");
    const before = await lab.script("node2", "docker info --format '{{.Swarm.NodeID}}'");
    const { stderr } = expectExit(await lab.run(["up"]), 1);
    expect(stderr).toContain("there are machines in a swarm that this cluster did not make");
    expect(stderr).toContain("swarmlab ssh node2 -- docker swarm leave --force");
    expect(await lab.script("node2", "docker info --format '{{.Swarm.NodeID}}'")).toEqual(before);
    await expectHealed(lab, ["--force"]);
  });
});

describeOnRealMachines("a swarm with autolock", () => {
  it("keeps its key private, and up unlocks it after a restart of Docker", async () => {
    await using lab = await makeLab({ label: "lock", yaml: "workers: 0\nswarm: { autolock: true }" });
    await lab.succeed(["up"]);
    const key = join(lab.directory, ".swarmlab/unlock-key");
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    // As an up leaves it that was killed after it had begun the swarm.
    await rm(key);
    await lab.succeed(["up"]);
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    await lab.script("manager", "sudo systemctl restart docker");
    expect((await lab.status()).machines[0]?.swarm?.state).toBe("locked");
    await expectHealed(lab);
    await expectSearchFindsSecrets(lab);
    await lab.succeed(["destroy", "--yes"]);
    await expect(stat(key)).rejects.toThrow("ENOENT");
  });

  it("has its key kept before anything stops its managers, whoever changed it; and is given up without it by force only", async () => {
    const yaml = "workers: 0\nswarm: { autolock: true }";
    await using lab = await makeLab({ label: "rekey", yaml });
    await lab.succeed(["up"]);
    const nodes = await nodeIds(lab);
    const rotate = "docker swarm unlock-key --rotate --quiet >/dev/null";
    await lab.script("manager", rotate);
    await lab.succeed(["snapshot", "save", "rotated"]);
    await lab.script("manager", rotate);
    await lab.succeed(["snapshot", "restore", "rotated", "--yes"]);
    await lab.script("manager", rotate);
    await lab.succeed(["halt"]);
    await expectHealed(lab);
    await lab.script("manager", rotate);
    await lab.writeFile(
      `name: ${lab.name}\nprovider: nspawn\n${yaml}\ndocker: { daemon: { log-level: warn } }`,
    );
    await expectHealed(lab);
    expect(await nodeIds(lab)).toEqual(nodes);

    await lab.script("manager", `${rotate}; sudo systemctl restart docker`);
    const { stderr } = expectExit(await lab.run(["up"]), 1);
    expect(stderr).toContain("docker swarm unlock ");
    expect(stderr).toContain("swarmlab up --force");
    await expectHealed(lab, ["--force"]);
    expect(await nodeIds(lab)).not.toEqual(nodes);
  });
});

/** The search that each test's cluster goes through before it is destroyed. */
async function expectSearchFindsSecrets(lab: E2eLab): Promise<void> {
  expect(await findExposedSecrets(lab.name)).toEqual([]);
  await lab.script(
    "manager",
    `docker swarm join-token -q worker | sudo tee /opt/token | logger; sudo journalctl --sync
     docker swarm unlock-key -q | sudo tee /opt/unlock-key >/dev/null
     sudo cp /etc/ssh/ssh_host_ed25519_key /opt/key; sudo chmod 644 /opt/key
     sh -c 'sleep 60; : on purpose' $(docker swarm join-token -q manager) >/dev/null 2>&1 &
     echo $! | sudo tee /opt/pid`,
  );
  expect(secretsInArguments()).toContain("sh -c sleep 60; : on purpose SWMTKN-1-… ");
  const places = (await findExposedSecrets(lab.name)).map((place) => place.replace(/.*\/upper/, ""));
  expect(places.toSorted()).toEqual([
    "/opt/key",
    "/opt/token",
    "/opt/unlock-key",
    "/var/log/journal: SWMTKN-1-…",
  ]);
  await lab.script(
    "manager",
    "kill $(cat /opt/pid); sudo rm /opt/*; sudo journalctl --quiet --rotate --vacuum-size=1",
  );
}

async function expectHealed(lab: E2eLab, flags: readonly string[] = []): Promise<void> {
  await lab.succeed(["up", ...flags]);
  expect((await lab.status()).swarm.healthy).toBe(true);
  expect((await plannedBy(lab, flags)).actions).toEqual([]);
}

async function plannedBy(lab: E2eLab, flags: readonly string[]): Promise<UpPlan> {
  return JSON.parse((await lab.succeed(["up", "--dry-run", "--json", ...flags])).stdout) as UpPlan;
}
