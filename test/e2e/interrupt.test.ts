import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StatusReport } from "../../src/app/status-report.ts";
import { machineLayout } from "../../src/machine/nspawn/layout.ts";
import { Slots } from "../../src/remote/slots.ts";
import { expectExit } from "./cli.ts";
import { joinWithoutGossip } from "./join-by-hand.ts";
import { killMachine } from "./kill-machine.ts";
import { makeLab, type E2eLab } from "./lab.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { leavesOf } from "./step-events.ts";
import { findTraces } from "./traces.ts";

/** The life of a cluster, told by the two steps at which `up` is broken off. */
interface Life {
  readonly yaml: string;
  /** Broken off where nothing is there yet. */
  readonly first: string;
  readonly then: LaterStep;
}

/** A step that is broken off where the machines are there; `undo` makes that it has to be done, `allow` that it can be done. */
interface LaterStep {
  readonly step: string;
  readonly undo: (lab: E2eLab, yaml: string) => Promise<unknown>;
  readonly allow?: (lab: E2eLab) => Promise<unknown>;
}

/** A manager that leaves and begins again within seconds fails to listen on 7946 (moby 20.10): its daemon is begun anew. */
const forgetSwarm = (lab: E2eLab) =>
  lab.script(
    "manager",
    "sudo sh -c 'systemctl stop docker.socket docker && rm -r /var/lib/docker/swarm && systemctl start docker'",
  );
const leaveSwarm = (lab: E2eLab) => lab.script("node1", "docker swarm leave");
const promote = (lab: E2eLab) => lab.script("manager", "docker node promote node1");
const removeLabel = (lab: E2eLab) => lab.script("manager", "docker node update --label-rm disk node1");
/** The last look of `up` is done each time. For some seconds it has to wait: `up` would be over before the signal comes. */
const overlayRule = "INPUT --protocol udp --dport 4789 --jump DROP";
const holdOverlay = (lab: E2eLab) => lab.script("node1", `sudo iptables -I ${overlayRule}`);
const allowOverlay = (lab: E2eLab) => lab.script("node1", `sudo iptables -D ${overlayRule}`);
const restartDocker = (lab: E2eLab) => lab.script("all", "sudo systemctl restart docker");
const changeOptions = async (lab: E2eLab, yaml: string) => {
  const now = await lab.script("manager", "cat /etc/docker/daemon.json");
  const level = now["manager"]?.includes("warn") === true ? "error" : "warn";
  await lab.writeFile(
    `name: ${lab.name}\nprovider: nspawn\n${yaml}\ndocker: { daemon: { log-level: ${level} } }`,
  );
};

const alone = "workers: 0";
const locked = `${alone}\nswarm: { autolock: true }`;
const two = "workers: 1\nlabels: { node1: { disk: ssd } }";

/** Each step of `up`, in the smallest cluster that has it. What only mends the swarm, and has no row, stands in `mends`. */
const lives: readonly Life[] = [
  { yaml: two, first: "machines/node1/create", then: { step: "swarm/join/node1", undo: leaveSwarm } },
  { yaml: two, first: "machines/node1/ssh", then: { step: "swarm/update-node/node1", undo: removeLabel } },
  {
    yaml: two,
    first: "machines/node1/docker",
    then: { step: "verify/overlay", undo: holdOverlay, allow: allowOverlay },
  },
  { yaml: two, first: "prepare", then: { step: "verify/nodes", undo: holdOverlay, allow: allowOverlay } },
  { yaml: alone, first: "machines/manager/create", then: { step: "daemons/manager", undo: changeOptions } },
  {
    yaml: locked,
    first: "machines/manager/ssh",
    then: { step: "swarm/unlock/manager", undo: restartDocker },
  },
  { yaml: locked, first: "machines/manager/docker", then: { step: "swarm/init/manager", undo: forgetSwarm } },
];

/** Steps that mend what went wrong; in the lives above it is a matter of moments whether they come up. The next `up` is tried after each. */
const mendings: readonly LaterStep[] = [
  { step: "swarm/certificate/node1", undo: promote },
  { step: "swarm/leave/node1", undo: (lab) => lab.script("manager", "docker node rm --force node1") },
  { step: "swarm/remove-node/node1", undo: leaveSwarm },
  { step: "swarm/demote/node1", undo: promote },
  { step: "gossip/node1", undo: (lab) => joinWithoutGossip(lab, "node1") },
];
/** As far as they have no row there; those of other causes have none. */
const mends =
  /^(gossip|identity|swarm\/(leave|remove-node|promote|demote|certificate|force-new-cluster|label-swarm))\//;

const steps = lives.flatMap(({ first, then }) => [first, then.step]);
const signals = ["SIGINT", "SIGKILL"] as const;
const ends = ["up", "destroy"] as const;
type Signal = (typeof signals)[number];
const cells = steps.flatMap((step) =>
  signals.flatMap((signal) => ends.map((end) => `${step} ${signal} ${end}`)),
);

describeOnRealMachines("up that is broken off", () => {
  /** They wait for half of their time. */
  const slots = new Slots(2);
  const { signal: never } = new AbortController();
  const passed = new Set<string>();
  const mendedCells = new Set<string>();
  const seen = new Set<string>();

  afterAll(() => {
    const mended = `${mendings.length} steps that mend x ${signals.length} signals, then up`;
    process.stdout.write(
      `fault matrix: ${mended} = ${mendedCells.size} of ${mendings.length * signals.length}\n`,
    );
    const factors = `${steps.length} steps x ${signals.length} signals x ${ends.length} ends`;
    process.stdout.write(`fault matrix: ${factors} = ${passed.size} of ${cells.length}\n`);
  });

  /** Breaks `up` off as soon as it says that the step has begun. */
  const breakOff = async (lab: E2eLab, step: string, signal: Signal): Promise<void> => {
    const up = lab.start(["up", "--json"]);
    await up.sees(`"id":"${step}","state":"started"`);
    up.kill(signal);
    const { stderr } = expectExit(await up.done, signal === "SIGINT" ? 130 : null);
    if (signal === "SIGINT") expect(stderr).toContain("swarmlab up   (goes on where it stopped");
    for (const leaf of leavesOf(stderr)) seen.add(leaf);
  };
  const goOn = async (lab: E2eLab): Promise<void> => {
    const { stdout, stderr } = await lab.succeed(["up", "--json"]);
    const { machines, swarm } = JSON.parse(stdout) as StatusReport;
    expect(swarm).toMatchObject({ ready: machines.length, healthy: true });
    for (const leaf of leavesOf(stderr)) seen.add(leaf);
  };
  const destroy = async (lab: E2eLab): Promise<void> => {
    await lab.succeed(["destroy", "--yes"]);
    expect(await findTraces(lab.name)).toEqual([]);
  };

  const rows = lives.flatMap((life, index) =>
    signals.map((signal) => ({ ...life, signal, label: `x${index}${signal.slice(3, 4).toLowerCase()}` })),
  );
  it.concurrent.for(rows)(
    "by $signal at $first, later at $then.step: up goes on, destroy leaves nothing",
    { timeout: 1_800_000 },
    async ({ yaml, first, then, signal, label }) => {
      const release = await slots.acquire(never);
      try {
        await using lab = await makeLab({ label, yaml });
        await breakOff(lab, first, signal);
        await destroy(lab);
        passed.add(`${first} ${signal} destroy`);
        await breakOff(lab, first, signal);
        await goOn(lab);
        passed.add(`${first} ${signal} up`);
        await then.undo(lab, yaml);
        await breakOff(lab, then.step, signal);
        await then.allow?.(lab);
        await goOn(lab);
        passed.add(`${then.step} ${signal} up`);
        await then.undo(lab, yaml);
        await breakOff(lab, then.step, signal);
        await destroy(lab);
        passed.add(`${then.step} ${signal} destroy`);
      } finally {
        release();
      }
    },
  );

  it.concurrent.for(signals)(
    "by %s at steps that mend: up goes on",
    { timeout: 1_800_000 },
    async (signal) => {
      const release = await slots.acquire(never);
      try {
        await using lab = await makeLab({ label: `m${signal.slice(3, 4).toLowerCase()}`, yaml: two });
        await goOn(lab);
        for (const { step, undo } of mendings) {
          await undo(lab, two);
          await breakOff(lab, step, signal);
          await goOn(lab);
          mendedCells.add(`${step} ${signal}`);
        }
      } finally {
        release();
      }
    },
  );

  it("was tried at every step that there is, with each signal and each end", () => {
    expect([...seen].filter((step) => !mends.test(step)).toSorted()).toEqual(steps.toSorted());
    expect([...passed].toSorted()).toEqual(cells.toSorted());
    expect(mendedCells.size).toBe(mendings.length * signals.length);
  });
});

describeOnRealMachines("a command that gets a signal", () => {
  it("ends in an orderly way by one, at once by a second one, and names itself as the way on", async () => {
    await using lab = await makeLab({ label: "int", yaml: "workers: 3" });
    const atSsh = '"id":"machines/manager/ssh","state":"started"';
    const first = lab.start(["up", "--workers", "0", "--json"]);
    await first.sees(atSsh);
    first.kill("SIGTERM");
    const { stdout, stderr } = expectExit(await first.done, 130);
    expect(stderr).toContain("swarmlab up --workers 0   (goes on where it stopped");
    expect(JSON.parse(stdout)).toMatchObject({ failure: { kind: "interrupted", exitCode: 130 } });

    const slowIp = '[ "$*" != "-o link show" ] || sleep 10';
    const env = { PATH: `${await makeProgram(lab, "ip", slowIp)}:${process.env["PATH"] ?? ""}` };
    const second = lab.start(["up", "--workers", "0", "--json"], { env });
    await second.sees('"id":"prepare","state":"started"');
    // Two of the same kind at the same moment count once.
    second.kill("SIGINT");
    second.kill("SIGTERM");
    expect(expectExit(await second.done, 130).stderr).toContain(
      "Left at once. To put things right: swarmlab up --workers 0   (goes on",
    );

    await lab.succeed(["up", "--workers", "0"]);
    for (const args of [["halt"], ["destroy", "--yes"]]) {
      const command = lab.start([...args, "--verbose"]);
      await command.sees("started");
      command.kill("SIGINT");
      expect(expectExit(await command.done, 130).stderr).toContain(`swarmlab ${args.join(" ")} --verbose`);
    }
  });
});

/** What happens to node1 while `up` changes the options of the daemons, that of the manager first. */
const troubles = [
  {
    title: "the disk is full",
    before: (lab: E2eLab) => lab.script("node1", fillDisk),
    says: /No space left on device/,
    after: (lab: E2eLab) => lab.script("node1", "sudo umount /etc/docker"),
  },
  {
    title: "the network goes away",
    during: (lab: E2eLab) => setLink(lab, "down"),
    says: /error: node1 does not answer over SSH/,
    after: (lab: E2eLab) => setLink(lab, "up"),
  },
  {
    title: "the machine dies",
    during: (lab: E2eLab) => killMachine(lab.name, "node1"),
    says: /error: node1 /,
  },
];
/** The files of the daemon have a disk of their own, and that has no room. */
const fillDisk = `
  sudo mount -t tmpfs -o size=4k none /etc/docker
  sudo sh -c 'cat /dev/zero >/etc/docker/full' 2>/dev/null || true`;

describeOnRealMachines("an up in whose midst", () => {
  let lab: E2eLab;
  beforeAll(async () => {
    lab = await makeLab({ label: "midst", yaml: two });
    await lab.succeed(["up"]);
  });
  afterAll(() => lab.destroy());

  it.each(troubles)("$title says so, and the next one goes on", async ({ before, during, says, after }) => {
    await before?.(lab);
    await changeOptions(lab, two);
    const up = lab.start(["up", "--json"]);
    await up.sees('"id":"daemons/manager","state":"started"');
    await during?.(lab);
    const { stderr } = expectExit(await up.done, 1);
    expect(stderr).toMatch(says);
    await after?.(lab);
    const { stdout } = await lab.succeed(["up", "--json"]);
    expect((JSON.parse(stdout) as StatusReport).swarm).toMatchObject({ ready: 2, healthy: true });
  });
});

function setLink(lab: E2eLab, state: "up" | "down"): void {
  const { link } = machineLayout("/", lab.name, "node1", 18);
  execFileSync("ip", ["link", "set", link, state]);
}

/** A program that does this before it becomes the real one. Returns its directory. */
async function makeProgram(lab: E2eLab, name: string, first: string): Promise<string> {
  const real = execFileSync("which", [name], { encoding: "utf8" }).trim();
  await writeFile(join(lab.directory, name), `#!/bin/sh\n${first}\nexec ${real} "$@"\n`, { mode: 0o755 });
  return lab.directory;
}
