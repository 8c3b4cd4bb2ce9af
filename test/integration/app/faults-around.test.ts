import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FaultRecords } from "../../../src/app/fault-records.ts";
import {
  endFaults,
  endFaultsBeforeStop,
  endFaultsOfLife,
  noteFaults,
} from "../../../src/app/faults-around.ts";
import type { Lab } from "../../../src/app/open-lab.ts";
import type { Context } from "../../../src/context.ts";
import type { Fault } from "../../../src/faults/fault.ts";
import type { Inspection, Provider } from "../../../src/machine/provider.ts";
import { systemClock } from "../../../src/system/system-clock.ts";
import type { UiEvent } from "../../../src/ui/ui-event.ts";
import { clusterOf } from "../../support/vagrant-hosts.ts";
import { refuse, refusingMethods } from "../../support/refusing-provider.ts";

const cluster = clusterOf("managers: 1\nworkers: 3");

describe("faults around other commands", () => {
  let directory: string;
  let calls: string[];
  let said: UiEvent[];
  let lab: Lab;
  let context: Context;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "swarmlab-faults-"));
    [calls, said] = [[], []];
    const machines = cluster.machines.map(({ name }) => ({ name, state: "running" as const }));
    const provider = outsideProvider(directory, calls, { machines });
    lab = {
      directory,
      cluster,
      provider,
      unasked: [],
      machines: new Map(machines.map((machine) => [machine.name, machine])),
      patience: 1,
    };
    const emit = (event: UiEvent) => void said.push(event);
    context = { emit, signal: new AbortController().signal, clock: systemClock } as unknown as Context;
    const faults: readonly Fault[] = [
      { kind: "kill", machine: "node1" },
      { kind: "stop", machine: "node2" },
      { kind: "pause", machine: "node3" },
      { kind: "isolate", machine: "node1" },
    ];
    for (const fault of faults) await record(fault);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const record = (fault: Fault) =>
    new FaultRecords(lab).write({
      schemaVersion: 1,
      id: `${fault.kind}-3f9c`,
      fault,
      since: new Date().toISOString(),
      until: null,
      healer: "computer",
    });
  const left = async () => (await new FaultRecords(lab).read()).map(({ fault }) => fault.kind);

  it("before machines stop, what would outlast them is healed and all is forgotten; a dead one is not started", async () => {
    await endFaultsBeforeStop(context, lab);
    expect(calls.toSorted()).toEqual([
      "endHealer isolate-3f9c",
      "endHealer kill-3f9c",
      "endHealer pause-3f9c",
      "endHealer stop-3f9c",
      "onLinks node1",
      "resume node3",
    ]);
    expect(await left()).toEqual([]);
  });

  it("before machines stop, what outlasts that stays on one that is off already", async () => {
    const { name, capabilities } = lab.provider;
    const provider = { ...refusingMethods, name, capabilities, stateDirectory: () => directory };
    const machines = new Map(lab.machines).set("node1", { name: "node1", state: "stopped" });
    lab = { ...lab, provider, machines };
    await record({ kind: "fill-disk", machine: "node1" });
    await endFaultsBeforeStop(context, lab);
    expect(await left()).toEqual(["fill-disk"]);
  });

  it("before all begins afresh, broken links are healed too", async () => {
    const work = { context, lab, connections: { remote: refuse } };
    await endFaultsOfLife(work);
    await endFaults(work);
    expect(calls).toContain("onLinks node1");
    expect(await left()).toEqual([]);
  });

  it("before machines come up, those that are paused go on, what up repairs is forgotten, and broken links stay", async () => {
    const connections = { remote: refuse };
    await endFaultsOfLife({ context, lab, connections });
    expect(calls).toContain("resume node3");
    expect(calls).not.toContain("onLinks node1");
    expect(await left()).toEqual(["isolate"]);
  });

  it("all are told in one note, and nothing is where there is none", async () => {
    await noteFaults(context, lab);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({
      level: "warning",
      text: expect.stringMatching(
        /node1 is off \(kill-3f9c\).*\nTo end that: swarmlab fault heal --all/s,
      ) as string,
    });
    await endFaultsBeforeStop(context, lab);
    said.splice(0);
    await noteFaults(context, lab);
    expect(said).toEqual([]);
  });
});

/** Tells what it was asked to do from outside, and does nothing. */
function outsideProvider(directory: string, calls: string[], seen: Inspection): Provider {
  const tell = (what: string) => {
    calls.push(what);
    return Promise.resolve();
  };
  return {
    ...refusingMethods,
    name: "nspawn",
    capabilities: { embedded: true, needsRoot: true, ownsMachines: true },
    stateDirectory: () => directory,
    inspect: () => Promise.resolve(seen),
    faults: {
      impossible: {},
      onLinks: (_, name) => tell(`onLinks ${name}`).then(() => ({ exitCode: 0, stdout: "", stderr: "" })),
      pause: (_, name) => tell(`pause ${name}`),
      resume: (_, name) => tell(`resume ${name}`),
      healLater: (_, { id }) => tell(`healLater ${id}`),
      endHealer: (_, id) => tell(`endHealer ${id}`),
    },
  };
}
