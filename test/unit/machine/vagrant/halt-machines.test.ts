import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { haltMachines } from "../../../../src/machine/vagrant/halt-machines.ts";
import { vagrantIdFile, vagrantLayout } from "../../../../src/machine/vagrant/layout.ts";
import { clusterOf, vagrantHost } from "../../../support/vagrant-hosts.ts";

const id = "0f0e0d0c-0000-4000-8000-000000000001";
const cluster = clusterOf("name: lab\nworkers: 0\n");
const progress = { report: () => undefined, signal: new AbortController().signal };
const provider = "virtualbox";
/** Nobody waits here for Vagrant to fall silent. */
const standingClock = { nowMs: () => 0, sleep: () => new Promise<void>(() => undefined) };

describe("haltMachines", () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "swarmlab-halt-"));
    const file = vagrantIdFile(vagrantLayout(home, provider, "lab"), provider, "manager");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, id);
  });
  afterEach(() => rm(home, { recursive: true }));

  it.each([
    ["orderly", "vagrant halt manager"],
    ["at once", "vagrant halt --force manager"],
  ] as const)("%s: %s", async (how, command) => {
    const commands = { "VBoxManage list": `"swarmlab-lab-manager" {${id}}\n`, [command]: "" };
    const host = { ...vagrantHost({ commands }), home, clock: standingClock };
    const layout = vagrantLayout(home, provider, "lab");
    const answers: unknown[] = [];
    const item = {
      input: { name: "manager", progress },
      resolve: (answer: unknown) => void answers.push(answer),
      reject: () => undefined,
    };
    await haltMachines({ host, provider, layout, cluster, silenceMs: 1000 }, [item], how);
    const ran = host.processes.ran.map(({ argv }) => argv.join(" "));
    expect(ran.filter((line) => line.startsWith("vagrant "))).toEqual([`${command} --machine-readable`]);
    expect(answers).toEqual([undefined]);
  });
});
