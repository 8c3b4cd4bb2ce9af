import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keepSnapshots } from "../../../src/machine/keep-snapshots.ts";
import type { SnapshotKeeper } from "../../../src/machine/provider.ts";
import { machineRecordFile, vagrantIdFile, vagrantLayout } from "../../../src/machine/vagrant/layout.ts";
import { writeMachineRecord } from "../../../src/machine/vagrant/machine-record.ts";
import { vagrantMedium } from "../../../src/machine/vagrant/snapshot-medium.ts";
import type { ScriptedAnswer } from "../../support/scripted-processes.ts";
import { clusterOf, vagrantHost } from "../../support/vagrant-hosts.ts";

const cluster = clusterOf("name: lab\nprovider: virtualbox\nworkers: 1\n");
const machines = ["manager", "node1"];
const progress = { report: () => undefined, signal: new AbortController().signal };
const adopt = () => Promise.resolve();
const both = "/^(?:manager|node1)$/";
const login = { address: "127.0.0.1", port: 2222, user: "vagrant", identityFiles: ["/key"] };

let home: string;

const layout = () => vagrantLayout(home, "virtualbox", "lab");
const id = (machine: string): string => `0f0e0d0c-0000-4000-8000-00000000000${machines.indexOf(machine) + 1}`;
const list = (names: readonly string[], idOf = id): string =>
  names.map((name) => `"swarmlab-lab-${name}" {${idOf(name)}}\n`).join("");

async function recorded(name: string): Promise<string> {
  const text = await readFile(new URL(`../../fixtures/vagrant/${name}.txt`, import.meta.url), "utf8");
  return text.slice(text.indexOf("\n") + 1);
}

/** What Vagrant was asked, in order; VMs are those listed. */
function keeperWith(
  answers: Readonly<Record<string, ScriptedAnswer>>,
  vms = list(machines),
): { readonly keeper: SnapshotKeeper; readonly asked: () => readonly string[] } {
  const commands = { "VBoxManage list vms": vms, "VBoxManage list runningvms": "", ...answers };
  const host = vagrantHost({ commands });
  const keeper = keepSnapshots(vagrantMedium({ ...host, home }, "virtualbox"));
  const asked = (): readonly string[] =>
    host.processes.ran
      .map(({ argv }) => argv.join(" "))
      .filter((line) => line.startsWith("vagrant "))
      .map((line) => line.replace(" --machine-readable", ""));
  return { keeper, asked };
}

const save = async (keeper: SnapshotKeeper, name = "first") =>
  keeper.save(cluster, { name, machines, progress });

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "swarmlab-vagrant-"));
  for (const machine of machines) {
    const file = vagrantIdFile(layout(), "virtualbox", machine);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, id(machine));
    await writeMachineRecord(machineRecordFile(layout(), machine), {
      schemaVersion: 1,
      id: id(machine),
      login,
      hostKey: `key of ${machine}`,
    });
  }
});
afterEach(() => rm(home, { recursive: true }));

it("saves all VMs with one call, and what is kept of them", async () => {
  const { keeper, asked } = keeperWith({ "vagrant snapshot save": await recorded("snapshot-save") });
  const saved = await save(keeper);
  expect(asked()).toEqual([`vagrant snapshot save ${both} swarmlab-first`]);
  expect(saved).not.toHaveProperty("bytes");
  expect(await keeper.list(cluster)).toEqual([saved]);
});

it("restores all VMs with one call and does not start them; pinned host keys come back", async () => {
  const { keeper, asked } = keeperWith({
    "vagrant snapshot save": "",
    "vagrant snapshot restore": await recorded("snapshot-restore"),
  });
  const saved = await save(keeper);
  const record = machineRecordFile(layout(), "node1");
  const before = await readFile(record, "utf8");
  await writeFile(record, before.replace("key of node1", "another key"));
  await keeper.refuse(cluster, saved);
  await keeper.restore(cluster, { name: "first", adopt, progress });
  expect(asked().at(-1)).toBe(`vagrant snapshot restore --no-start ${both} swarmlab-first`);
  expect(await readFile(record, "utf8")).toBe(before);
});

it("deletes it where it is", async () => {
  const { keeper, asked } = keeperWith({
    "vagrant snapshot save": "",
    "vagrant snapshot list": await recorded("snapshot-list"),
    "vagrant snapshot delete": "",
  });
  await save(keeper, "second");
  await keeper.delete(cluster, { name: "second", progress });
  expect(asked().slice(1)).toEqual([
    "vagrant snapshot list",
    "vagrant snapshot delete /^(?:node1)$/ swarmlab-second",
  ]);
});

it("deletes what no VM has any more", async () => {
  const { keeper } = keeperWith({
    "vagrant snapshot save": "",
    "vagrant snapshot list": await recorded("snapshot-list-none"),
  });
  await save(keeper);
  await keeper.delete(cluster, { name: "first", progress });
  expect(await keeper.list(cluster)).toEqual([]);
});

it("keeps one that the hypervisor does not delete, and says why", async () => {
  const { keeper } = keeperWith({
    "vagrant snapshot save": "",
    "vagrant snapshot list": await recorded("snapshot-list"),
    "vagrant snapshot delete": { exitCode: 1, stdout: await recorded("snapshot-delete-refused") },
  });
  const saved = await save(keeper);
  await expect(keeper.delete(cluster, { name: "first", progress })).rejects.toMatchObject({
    failure: {
      kind: "vagrant",
      what: "VirtualBox cannot take this snapshot away while newer ones build on it",
      remedy: expect.stringContaining("newer ones first") as string,
    },
  });
  expect(await keeper.list(cluster)).toEqual([saved]);
});

it("a save that failed half-way is taken back", async () => {
  const broken = keeperWith({ "vagrant snapshot save": { exitCode: 1, stdout: "" } });
  await expect(save(broken.keeper, "second")).rejects.toMatchObject({ failure: { kind: "vagrant" } });
  expect(await broken.keeper.unfinished(cluster)).toBe("other");
  const next = keeperWith({
    "vagrant snapshot list": await recorded("snapshot-list"),
    "vagrant snapshot delete": "",
  });
  await next.keeper.finish(cluster, { adopt, progress });
  expect(next.asked().at(-1)).toBe("vagrant snapshot delete /^(?:node1)$/ swarmlab-second");
  expect(await next.keeper.unfinished(cluster)).toBeUndefined();
});

it("refuses to restore VMs that were made anew, and beside VMs that it does not know", async () => {
  const saved = await save(keeperWith({ "vagrant snapshot save": "" }).keeper);
  const other = (machine: string): string =>
    machine === "node1" ? id("node1").replace("4000", "4001") : id(machine);
  const [ids, node2] = [
    vagrantIdFile(layout(), "virtualbox", "node1"),
    "0f0e0d0c-0000-4000-8000-000000000009",
  ];
  await writeFile(ids, other("node1"));
  const anew = keeperWith({}, list(machines, other)).keeper;
  await expect(anew.refuse(cluster, saved)).rejects.toMatchObject({
    failure: { kind: "usage", message: expect.stringContaining("are gone (node1)") as string },
  });
  await writeFile(ids, id("node1"));
  const third = vagrantIdFile(layout(), "virtualbox", "node2");
  await mkdir(join(third, ".."), { recursive: true });
  await writeFile(third, node2);
  const more = keeperWith({}, `${list(machines)}"swarmlab-lab-node2" {${node2}}\n`).keeper;
  await expect(more.refuse(cluster, saved)).rejects.toMatchObject({
    failure: { kind: "usage", remedy: "swarmlab node remove node2" },
  });
});
