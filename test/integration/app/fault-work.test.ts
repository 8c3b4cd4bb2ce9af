import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FaultRecords } from "../../../src/app/fault-records.ts";
import { breakFault, healFault, type FaultWork } from "../../../src/app/fault-work.ts";
import { FailureError, type Failure } from "../../../src/failure.ts";
import type { Fault } from "../../../src/faults/fault.ts";
import type { FaultRecord } from "../../../src/faults/fault-record.ts";
import type { Provider } from "../../../src/machine/provider.ts";
import { PretendedMachine } from "../../support/pretended-machine.ts";
import { clusterOf } from "../../support/vagrant-hosts.ts";
import { refusingMethods } from "../../support/refusing-provider.ts";

const bin = join(import.meta.dirname, "../../fixtures/fault-machine");
const { signal } = new AbortController();
const progress = { report: () => undefined, signal };
const cluster = clusterOf("managers: 1\nworkers: 2");
const [manager, , node2] = cluster.machines.map(({ address }) => address);

/** A provider that can do nothing from outside. */
const providerAt = (directory: string): Provider => ({
  ...refusingMethods,
  name: "libvirt",
  capabilities: { embedded: false, needsRoot: false, ownsMachines: true },
  stateDirectory: () => directory,
});

describe("faults through the machines themselves", () => {
  let directory: string;
  let machines: ReadonlyMap<string, PretendedMachine>;
  let work: FaultWork;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "swarmlab-faults-"));
    machines = new Map(
      await Promise.all(
        cluster.machines.map(
          async ({ name }) => [name, await PretendedMachine.create({ bin, service: "active" })] as const,
        ),
      ),
    );
    const provider = providerAt(directory);
    const seen = cluster.machines.map(({ name }) => [name, { name, state: "running" }] as const);
    const host = { ownCommand: ["node", "main.js"] } as unknown as FaultWork["context"]["host"];
    work = {
      context: { signal, host },
      lab: { directory, cluster, provider, unasked: [], machines: new Map(seen), patience: 1 },
      connections: { remote: (_, name) => Promise.resolve(on(name)) },
    };
  });
  afterEach(async () => {
    for (const machine of machines.values()) await machine[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const on = (name: string): PretendedMachine => {
    const machine = machines.get(name);
    if (machine === undefined) throw new Error(`no machine ${name}`);
    return machine;
  };
  const recordOf = (fault: Fault, seconds?: number): FaultRecord => ({
    schemaVersion: 1,
    id: `${fault.kind}-3f9c`,
    fault,
    since: new Date().toISOString(),
    until: seconds === undefined ? null : new Date(Date.now() + seconds * 1000).toISOString(),
    healer: "machines",
  });
  const breakIt = async (fault: Fault, seconds?: number): Promise<FaultRecord> => {
    const record = recordOf(fault, seconds);
    await new FaultRecords(work.lab).write(record);
    await breakFault(work, record, progress);
    return record;
  };
  const failureOf = async (working: Promise<unknown>): Promise<Failure> => {
    const error: unknown = await working.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error instanceof FailureError) return error.failure;
    throw new Error("it was not refused", { cause: error });
  };
  const heal = (record: FaultRecord) => healFault(work, record, progress);
  const recorded = async () => (await new FaultRecords(work.lab).read()).map(({ id }) => id);
  /** As the timer does. */
  const runTimer = async (name: string) => {
    const [command = "", ...args] = (await on(name).read("timer"))?.split("\0").slice(0, -1) ?? [];
    return on(name).tryRun({ argv: [command, ...args] });
  };

  it("cuts machines off from each other, and from nobody else", async () => {
    const record = await breakIt({ kind: "partition", groups: [["manager", "node1"], ["node2"]] });
    const chain = "SWARMLAB-partition-3f9c";
    expect(await on("node1").read("raw")).toBe(
      [
        `-N ${chain}`,
        `-A ${chain} -s ${node2 ?? ""} -j DROP`,
        `-A ${chain} -d ${node2 ?? ""} -j DROP`,
        `-A PREROUTING -j ${chain}`,
        `-A OUTPUT -j ${chain}`,
        "",
      ].join("\n"),
    );
    expect(await on("node2").read("raw")).toContain(`-s ${manager ?? ""} -j DROP`);
    expect(await recorded()).toEqual([record.id]);
    await heal(record);
    for (const machine of machines.values()) expect(await machine.read("raw")).toBe("");
    expect(await recorded()).toEqual([]);
    await heal(record);
  });

  it("has systemd heal the machine later, which needs nobody else, and takes that back when it is healed before", async () => {
    const record = await breakIt({ kind: "isolate", machine: "node1" }, 300);
    expect(await on("node1").read("timer-after")).toBe("--on-active=300s\n");
    expect(await runTimer("node1")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await on("node1").read("raw")).toBe("");
    await heal(record);
    expect(await on("node1").read("timer")).toBeUndefined();
  });

  it("breaks nothing where a machine could not heal itself later", async () => {
    await rm(join(on("node1").root, "run/systemd"), { recursive: true });
    const failure = await failureOf(breakIt({ kind: "stop", machine: "node1" }, 60));
    expect(failure).toMatchObject({ kind: "fault-refused", fault: "--for", machine: "node1" });
    expect(await on("node1").read("service")).not.toBe("inactive\n");
    expect(await recorded()).toEqual([]);
  });

  it("heals all machines again where one cannot be broken", async () => {
    await on("node2").write("no-raw", "");
    const fault: Fault = { kind: "block", port: 80, protocols: ["tcp"], machines: ["node1", "node2"] };
    expect(await failureOf(breakIt(fault))).toMatchObject({ kind: "fault-refused", machine: "node2" });
    expect(await on("node1").read("raw")).toBe("");
    expect(await recorded()).toEqual([]);
  });

  it("keeps the record of what did not heal", async () => {
    const record = await breakIt({ kind: "isolate", machine: "node1" });
    await on("node1").write("iptables-busy", "");
    expect(await failureOf(heal(record))).toMatchObject({
      kind: "remote-command",
      stderr: expect.stringContaining("iptables keeps SWARMLAB-isolate-3f9c") as string,
    });
    expect(await recorded()).toEqual([record.id]);
  });

  it("slows down what goes to the other machines, and gives the link back", async () => {
    await on("node1").write("netem", "");
    const record = await breakIt({ kind: "slow", delayMs: 20, rateKbit: 1000, machines: ["node1"] });
    expect(await on("node1").read("tc")).toBe(
      [
        "qdisc htb 51ab:",
        "class rate 1000kbit",
        "netem delay 20ms",
        `filter ${manager ?? ""}/32 flowid 51ab:1`,
        `filter ${node2 ?? ""}/32 flowid 51ab:1`,
        "",
      ].join("\n"),
    );
    await heal(record);
    expect(await on("node1").read("tc")).toBe("");
  });

  it("says what the kernel lacks for a delay", async () => {
    const failure = await failureOf(
      breakIt({ kind: "slow", delayMs: 20, rateKbit: null, machines: ["node1"] }),
    );
    expect(failure).toMatchObject({
      kind: "fault-refused",
      machine: "node1",
      reason: expect.stringContaining("it lacks netem (sch_netem)") as string,
    });
    expect(await on("node1").read("tc")).toBe("");
  });

  it("leaves traffic control of others alone", async () => {
    await on("node1").write("tc", "qdisc fq 8001:\n");
    const failure = await failureOf(
      breakIt({ kind: "slow", delayMs: null, rateKbit: 9, machines: ["node1"] }),
    );
    expect(failure).toMatchObject({
      reason: expect.stringContaining("traffic control of its own") as string,
    });
    expect(await on("node1").read("tc")).toBe("qdisc fq 8001:\n");
  });

  it("stops the daemon with its socket, and starts it", async () => {
    const record = await breakIt({ kind: "stop", machine: "node1" });
    expect(await on("node1").read("service")).toBe("inactive\n");
    await heal(record);
    expect(await on("node1").read("service")).toBe("active\n");
  });

  it("pauses the daemon alone, so that SSH goes on", async () => {
    const daemon = spawn("sleep", ["60"]);
    const pid = daemon.pid ?? 0;
    const state = async () => (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/.*\) (.).*/s, "$1");
    try {
      await on("node1").write("run/docker.pid", String(pid));
      const record = await breakIt({ kind: "pause", machine: "node1" });
      await expect.poll(state).toBe("T");
      await heal(record);
      await expect.poll(state).toBe("S");
    } finally {
      daemon.kill("SIGKILL");
    }
  });

  it("fills the disk up to what SSH needs, and empties it", async () => {
    await on("node1").write("var/lib/docker/engine-id", "");
    const record = await breakIt({ kind: "fill-disk", machine: "node1" });
    expect(await on("node1").read("var/lib/docker/swarmlab-fill")).toBe(
      `${10_000 * 4096 - 4 * 1024 * 1024}\n`,
    );
    expect(await on("node1").read("etc/tmpfiles.d/swarmlab-fill.conf")).toBeUndefined();
    await heal(record);
    expect(await on("node1").read("var/lib/docker/swarmlab-fill")).toBeUndefined();
  });

  it("has a full disk emptied when the machine starts anew, where its timer would be lost", async () => {
    await on("node1").write("var/lib/docker/engine-id", "");
    const record = await breakIt({ kind: "fill-disk", machine: "node1" }, 300);
    const file = "etc/tmpfiles.d/swarmlab-fill.conf";
    expect(await on("node1").read(file)).toBe("r! /var/lib/docker/swarmlab-fill\n");
    expect(await runTimer("node1")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await on("node1").read(file)).toBeUndefined();
    await heal(record);
  });

  it.each([
    { title: "both back a minute later", meanwhile: "996460\n", healed: "1000060\n" },
    { title: "no clock back that was put right meanwhile", meanwhile: "1000061\n", healed: "1000061\n" },
  ])("sets the clock wrong, with what keeps it right stopped, and $title", async ({ meanwhile, healed }) => {
    await on("node1").write("clock", "1000000\n");
    await on("node1").write("proc/uptime", "500.31 900.00\n");
    await on("node1").write("units", "ssh.service\nchrony.service\n");
    const record = await breakIt({ kind: "skew-clock", machine: "node1", bySeconds: -3600 });
    expect(await on("node1").read("clock")).toBe("996400\n");
    expect(await on("node1").read("units")).toBe("ssh.service\n");
    await on("node1").write("clock", meanwhile);
    await on("node1").write("proc/uptime", "560.29 1000.00\n");
    await heal(record);
    await heal(record);
    expect(await on("node1").read("clock")).toBe(healed);
    expect(await on("node1").read("units")).toBe("ssh.service\nchrony.service\n");
  });

  it("does not set the clock of the computer that a container runs on", async () => {
    await on("node1").write("clock", "1000000\n");
    await on("node1").write("container", "");
    const failure = await failureOf(breakIt({ kind: "skew-clock", machine: "node1", bySeconds: 60 }));
    expect(failure).toMatchObject({
      kind: "fault-refused",
      reason: expect.stringMatching(/^The machine is/) as string,
    });
    expect(await on("node1").read("clock")).toBe("1000000\n");
  });
});
