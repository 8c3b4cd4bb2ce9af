import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeVirtualBox, type VirtualBoxFault, type VirtualBoxStandIn } from "../support/virtualbox.ts";
import { expectExit } from "./cli.ts";
import { makeLab, nodeIds, type E2eLab } from "./lab.ts";
import { describeWithVagrant } from "./with-vagrant.ts";

const box = "test/bookworm";
const provider = "virtualbox";
/** Vagrant takes its time for each machine. */
const slow = { timeoutMs: 300_000 };

const yamlOf = ({ name }: E2eLab, yaml: string): string => `name: ${name}\nprovider: ${provider}\n${yaml}\n`;

/** A lab on a VirtualBox of its own, with the test box. */
async function makeVirtualBoxLab(label: string, yaml: string) {
  const virtualBox = await makeVirtualBox();
  await virtualBox.addBox(box);
  const state = join(virtualBox.env["VBOX_STANDIN_HOME"] ?? "", "..", "swarmlab");
  const env = { ...virtualBox.env, SWARMLAB_HOME: state };
  const lab = await makeLab({ label, provider, yaml: `box: ${box}\n${yaml}`, env });
  return { lab, virtualBox, directory: join(state, provider, lab.name) };
}

const vmsOf = (cluster: string): RegExp => new RegExp(`"swarmlab-${cluster}(-box)?-(manager|node)\\d*"`);

/** Nothing of the cluster is left, and nothing was asked of the stand-in that it had to refuse. */
async function expectClean(lab: E2eLab, virtualBox: VirtualBoxStandIn): Promise<void> {
  await lab.destroy();
  expect(await virtualBox.manage("list", "vms")).not.toMatch(vmsOf(lab.name));
  expect(await virtualBox.unknownCalls()).toEqual([]);
  await virtualBox.destroy();
}

describeWithVagrant("a cluster of VirtualBox's VMs, from a box that was baked", () => {
  let lab: E2eLab;
  let virtualBox: VirtualBoxStandIn;
  let directory: string;

  beforeAll(async () => {
    ({ lab, virtualBox, directory } = await makeVirtualBoxLab("vbox", "workers: 1"));
    const { stdout } = await lab.succeed(["box", "bake"]);
    expect(stdout).toContain("box: swarmlab/test-bookworm");
    expect(await virtualBox.manage("list", "vms")).not.toMatch(vmsOf(lab.name));
    await lab.writeFile(yamlOf(lab, "box: swarmlab/test-bookworm\nworkers: 1"));
    await lab.succeed(["up"]);
  });
  afterAll(() => expectClean(lab, virtualBox));

  it("is a swarm at the private addresses", async () => {
    const report = await lab.status();
    // The next free one, where something else on this computer has the first.
    const network = (report.subnet ?? "").replace(/\.0\/24$/, "");
    const machine = (name: string, address: string) => ({ name, address, state: "running" });
    expect(report).toMatchObject({
      provider,
      machines: [machine("manager", `${network}.17`), machine("node1", `${network}.18`)],
      swarm: { ready: 2, healthy: true },
    });
    expect(await lab.script("all", "hostname; ip -4 -o addr show eth1 | grep -o '192[^ ]*/[0-9]*'")).toEqual({
      manager: `manager\n${network}.17/24`,
      node1: `node1\n${network}.18/24`,
    });
  });

  it("its machines share no identity", async () => {
    const identity = "cat /etc/machine-id ~/.ssh/authorized_keys; sudo cat /etc/ssh/ssh_host_ed25519_key.pub";
    const { manager = "", node1 = "" } = await lab.script("all", identity);
    expect(manager.split("\n")).toHaveLength(3);
    expect(manager.split("\n").filter((line) => node1.split("\n").includes(line))).toEqual([]);
  });

  it("a second up asks nothing of Vagrant", async () => {
    const log = () => readFile(join(directory, "vagrant.log"), "utf8");
    const [before, nodes] = [await log(), await nodeIds(lab)];
    await lab.succeed(["up"]);
    expect(await log()).toBe(before);
    expect(await nodeIds(lab)).toEqual(nodes);
  });

  it("its VMs have names, a group and what was asked for", async () => {
    const text = await virtualBox.manage("showvminfo", `swarmlab-${lab.name}-node1`, "--machinereadable");
    expect(text).toContain(`groups="/swarmlab/${lab.name}"`);
    expect(text).toContain("memory=1024");
  });

  it(
    "a VM that is cut off heals by itself; one that is killed is off, and healed it is the same node",
    { timeout: 600_000 },
    async () => {
      const before = await nodeIds(lab);
      const reached = () => lab.script("manager", `ping -qc1 -W1 node1 | grep -o '[01] received'`);
      await lab.succeed(["fault", "inject", "isolate", "node1", "--for", "4s"]);
      expect(await reached()).toEqual({ manager: "0 received" });
      await expect.poll(reached, { timeout: 60_000 }).toEqual({ manager: "1 received" });
      await lab.succeed(["fault", "inject", "kill", "node1"], slow);
      expect((await lab.status()).machines.map(({ state }) => state)).toEqual(["running", "stopped"]);
      await lab.succeed(["fault", "heal", "--all"], slow);
      await expect
        .poll(async () => (await lab.status()).swarm, { timeout: 60_000 })
        .toMatchObject({ ready: 2, healthy: true });
      expect(await nodeIds(lab)).toEqual(before);
    },
  );

  it(
    "halt stops the VMs, which can be saved then, and up brings back the same nodes",
    { timeout: 600_000 },
    async () => {
      const before = await nodeIds(lab);
      await lab.succeed(["halt"], slow);
      expect((await lab.status()).machines.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
      await lab.succeed(["snapshot", "save", "first"], slow);
      await lab.succeed(["up"], slow);
      expect((await lab.status()).swarm).toMatchObject({ ready: 2, healthy: true });
      expect(await nodeIds(lab)).toEqual(before);
    },
  );

  it(
    "is restored: what came later is gone, the nodes are the same; and the snapshot goes when nothing builds on it",
    { timeout: 600_000 },
    async () => {
      const before = await nodeIds(lab);
      await lab.script("all", "sudo touch /later; docker volume create later");
      await lab.succeed(["snapshot", "restore", "first", "--yes"], slow);
      const there = "ls /later 2>/dev/null; docker volume ls --quiet --filter name=later";
      expect(await lab.script("all", there)).toEqual({ manager: "", node1: "" });
      expect((await lab.status()).swarm).toMatchObject({ ready: 2, healthy: true });
      expect(await nodeIds(lab)).toEqual(before);
      await lab.succeed(["snapshot", "delete", "first"]);
      const node1 = `swarmlab-${lab.name}-node1`;
      await expect(virtualBox.manage("snapshot", node1, "list", "--machinereadable")).rejects.toThrow();
    },
  );

  it("when what Vagrant knew is lost, up names the VMs that are left over, and destroy removes them", async () => {
    await rename(directory, `${directory}-lost`);
    const { stderr } = expectExit(await lab.run(["up"]), 3);
    expect(stderr).toMatch(/the VM swarmlab-\S+-manager is left over/);
    expect(stderr).toMatch(/the VM swarmlab-\S+-node1 is left over/);
    expectExit(await lab.run(["destroy"]), 2);
    expect((await lab.status()).machines.map(({ state }) => state)).toEqual(["broken", "broken"]);
    await lab.succeed(["destroy", "--yes"]);
    expect((await lab.status()).machines.map(({ state }) => state)).toEqual(["absent", "absent"]);
    expect(await virtualBox.manage("list", "vms")).not.toMatch(vmsOf(lab.name));
  });
});

describeWithVagrant("a VirtualBox that fails", () => {
  let lab: E2eLab;
  let virtualBox: VirtualBoxStandIn;

  beforeAll(async () => {
    ({ lab, virtualBox } = await makeVirtualBoxLab("vfail", "workers: 0"));
  });
  afterAll(() => expectClean(lab, virtualBox));

  const failures: readonly (readonly [VirtualBoxFault["kind"], number, readonly RegExp[]])[] = [
    ["version-hangs", 3, [/VBoxManage does not answer/]],
    ["import-disk-full", 1, [/the disk is full/]],
    ["host-only-refused", 1, [/refuses the private network's addresses/, /networks\.conf/]],
    ["vmx-root-mode", 1, [/another hypervisor/, /VERR_VMX_IN_VMX_ROOT_MODE/, /modprobe -r/]],
    ["boot-aborts", 1, [/stopped while it booted \(manager\)/]],
  ];
  it.each(failures)("%s: says what, why and what to do", async (kind, exitCode, says) => {
    await virtualBox.setFaults([{ kind }]);
    const { stderr } = expectExit(await lab.run(["up"]), exitCode);
    for (const pattern of says) expect(stderr).toMatch(pattern);
    expect(stderr).not.toContain("    at ");
  });

  it("Ctrl-C while a VM is cloned leaves no half-made VM", async () => {
    await virtualBox.setFaults([]);
    await lab.succeed(["destroy", "--yes"]);
    const up = lab.start(["up", "--json"]);
    await up.sees("Cloning VM");
    up.kill("SIGINT");
    expectExit(await up.done, 130);
    expect(await virtualBox.manage("list", "vms")).not.toContain("temp_clone");
  });

  it("a VM that hangs at its start: Ctrl-C ends Vagrant and all it has started", async () => {
    await virtualBox.setFaults([{ kind: "start-hangs" }]);
    const up = lab.start(["up", "--json"]);
    await up.sees("Booting VM");
    up.kill("SIGINT");
    const { stderr } = expectExit(await up.done, 130);
    expect(stderr).toContain("swarmlab up   (goes on where it stopped");
    const running = (await virtualBox.findTraces()).filter((trace) => !trace.startsWith("link vboxnet"));
    expect(running).toEqual([]);
  });

  it("Ctrl-C while a VM boots, and the next up goes on", async () => {
    await virtualBox.setFaults([{ kind: "ssh-silent" }]);
    const up = lab.start(["up", "--json"]);
    await up.sees("Waiting for machine to boot");
    up.kill("SIGINT");
    expectExit(await up.done, 130);
    await virtualBox.setFaults([]);
    await lab.succeed(["up"]);
    expect((await lab.status()).swarm).toMatchObject({ ready: 1, healthy: true });
  });
});

describeWithVagrant("the stand-in for VirtualBox", () => {
  it("fails on what it was not taught, and says so", async () => {
    await using other = await makeVirtualBox();
    await expect(other.manage("list", "usbhost")).rejects.toThrow("VBoxManage: error: ");
    expect(await other.calls()).toEqual([["list", "usbhost"]]);
    expect(await other.unknownCalls()).toEqual(['{"call":["list","usbhost"],"why":"no such call"}']);
  });
});
