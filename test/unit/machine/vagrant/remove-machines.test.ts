import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Batch } from "../../../../src/machine/vagrant/batch.ts";
import {
  machineRecordFile,
  vagrantIdFile,
  vagrantLayout,
  type VagrantLayout,
} from "../../../../src/machine/vagrant/layout.ts";
import { removeMachines } from "../../../../src/machine/vagrant/remove-machines.ts";
import type { StepProgress } from "../../../../src/steps.ts";
import type { ProcessCommand, ProcessResult } from "../../../../src/system/process-runner.ts";
import { ModelLibvirt } from "../../../support/model-libvirt.ts";
import { clusterOf, vagrantHost } from "../../../support/vagrant-hosts.ts";

const id = (number: number): string => `0f0e0d0c-0000-4000-8000-00000000000${number}`;
const cluster = clusterOf("name: lab\nprovider: libvirt\n");
const progress = { report: () => undefined, signal: new AbortController().signal };

/** Nobody waits here for Vagrant to fall silent. */
const standingClock = { nowMs: () => 0, sleep: () => new Promise<void>(() => undefined) };

/** With a Vagrant that removes the domains of the machines that it is told. */
class ModelVagrant extends ModelLibvirt {
  /** It says that it removes, and does not. */
  isLazy = false;

  override tryRun(command: ProcessCommand): Promise<ProcessResult> {
    const [program, verb, ...args] = command.argv;
    if (program !== "vagrant") return super.tryRun(command);
    this.ran.push([program, verb, ...args].join(" "));
    for (const [key, { name }] of this.isLazy ? [] : this.domains)
      if (args.some((machine) => name === `swarmlab-lab-${machine}`)) this.domains.delete(key);
    return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
  }
}

describe("removeMachines", () => {
  let home: string;
  let layout: VagrantLayout;
  let model: ModelVagrant;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "swarmlab-remove-"));
    layout = vagrantLayout(home, "libvirt", "lab");
    model = new ModelVagrant();
    for (const [number, machine] of ["manager", "node1", "node2"].entries()) {
      model.domains.set(id(number), { name: `swarmlab-lab-${machine}`, state: "running" });
      await write(vagrantIdFile(layout, "libvirt", machine), id(number));
      await write(machineRecordFile(layout, machine), "{}");
    }
    model.networks.set("swarmlab-lab", true);
  });
  afterEach(() => rm(home, { recursive: true }));

  const remove = (...names: readonly string[]) => {
    const work = {
      host: { ...vagrantHost({}), processes: model, home, clock: standingClock },
      provider: "libvirt",
      layout,
      cluster,
      silenceMs: 1000,
    } as const;
    const batch = new Batch<{ name: string; progress: StepProgress }, undefined>((items) =>
      removeMachines(work, items),
    );
    return Promise.allSettled(names.map((name) => batch.request({ name, progress })));
  };

  it("removes machines with one call of Vagrant, and what is kept of them; the others stay", async () => {
    await remove("node1", "node2");
    expect(model.ran.filter((line) => line.startsWith("vagrant"))).toEqual([
      "vagrant destroy --force node1 node2 --machine-readable",
    ]);
    expect([...model.domains.keys()]).toEqual([id(0)]);
    expect([...model.networks.keys()]).toEqual(["swarmlab-lab"]);
    expect(await readdir(join(layout.directory, "machines"))).toEqual(["manager.json"]);
    expect(await readdir(join(layout.directory, ".vagrant/machines"))).toEqual(["manager"]);
  });

  it("removes one that Vagrant no longer knows without it, and takes one that is gone as removed", async () => {
    await rm(dirname(vagrantIdFile(layout, "libvirt", "node1")), { recursive: true });
    model.domains.delete(id(2));
    expect(await remove("node1", "node2")).toMatchObject([{ status: "fulfilled" }, { status: "fulfilled" }]);
    expect([...model.domains.keys()]).toEqual([id(0)]);
    expect(model.ran.filter((line) => line.startsWith("vagrant"))).toEqual([]);
  });

  it("tells what it could not remove", async () => {
    model.isLazy = true;
    expect(await remove("node1")).toMatchObject([
      { status: "rejected", reason: { failure: { kind: "leftovers", items: ["VM swarmlab-lab-node1"] } } },
    ]);
    expect(await readdir(join(layout.directory, "machines"))).toContain("node1.json");
  });
});

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
