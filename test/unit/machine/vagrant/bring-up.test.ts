import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VagrantProviderName } from "../../../../src/cluster/cluster.ts";
import { bringUp } from "../../../../src/machine/vagrant/bring-up.ts";
import { vagrantIdFile, vagrantLayout } from "../../../../src/machine/vagrant/layout.ts";
import { MachineLogins } from "../../../../src/machine/vagrant/machine-logins.ts";
import { clusterOf, vagrantHost } from "../../../support/vagrant-hosts.ts";

const id = "0f0e0d0c-0000-4000-8000-000000000001";
const cluster = clusterOf("name: lab\nworkers: 0\n");
const progress = { report: () => undefined, signal: new AbortController().signal };

/** Nobody waits here for Vagrant to fall silent. */
const standingClock = { nowMs: () => 0, sleep: () => new Promise<void>(() => undefined) };

const lists = {
  "virsh --connect qemu:///system list": `${id} swarmlab-lab-manager\n`,
  "virsh --connect qemu:///system net-list": " swarmlab-lab \n",
  "VBoxManage list": `"swarmlab-lab-manager" {${id}}\n`,
};

describe("bringUp with a machine that an earlier call began and did not finish", () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "swarmlab-bring-up-"));
  });
  afterEach(() => rm(home, { recursive: true }));

  it.each([
    ["libvirt", "makes it anew, for only then is it configured", "vagrant destroy --force manager"],
    ["virtualbox", "starts it again, which configures it", "vagrant halt --force manager"],
  ] as const)("%s: %s", async (provider, _, stepBack) => {
    const commands = { ...lists, [stepBack]: "", "vagrant up": { exitCode: 1 } };
    const host = { ...vagrantHost({ commands }), home, clock: standingClock };
    const layout = vagrantLayout(home, provider, "lab");
    await rememberMachine(home, provider);
    const logins = new MachineLogins(host, provider, layout);
    const item = { input: { name: "manager", progress }, resolve: () => undefined, reject: () => undefined };
    const work = { host, provider, layout, cluster, logins, silenceMs: 1000 };
    await expect(bringUp(work, [item])).rejects.toMatchObject({ failure: { kind: "vagrant" } });
    const ran = host.processes.ran.map(({ argv }) => argv.join(" "));
    expect(ran.filter((line) => line.startsWith("vagrant "))).toEqual([
      `${stepBack} --machine-readable`,
      `vagrant up --provider ${provider} manager --machine-readable`,
    ]);
  });
});

/** As Vagrant does while it makes a machine; swarmlab's own record is written only at the end. */
async function rememberMachine(home: string, provider: VagrantProviderName): Promise<void> {
  const file = vagrantIdFile(vagrantLayout(home, provider, "lab"), provider, "manager");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, id);
}
