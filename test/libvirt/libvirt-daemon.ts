import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { virsh, virshNames, volumes } from "./virsh.ts";

/** Long enough for a busy computer. */
const startsWithinMs = 30_000;

/** Has libvirt answer: where it does not, its daemons run until the returned function ends exactly these. */
export async function startLibvirt(): Promise<() => Promise<void>> {
  if (await answers()) return () => Promise.resolve();
  const daemons = ["virtlogd", "libvirtd"].map((name) => spawn(name, { stdio: "ignore" }));
  const stop = () => stopAll(daemons);
  const endMs = Date.now() + startsWithinMs;
  while (!(await answers())) {
    if (Date.now() < endMs) await setTimeout(200);
    else {
      await stop();
      throw new Error("virtlogd and libvirtd were started, and libvirt does not answer");
    }
  }
  return stop;
}

/** Remembers what libvirt has now; the returned function removes what `vagrant-libvirt` brought since: its network, its pool, volumes of boxes. */
export async function rememberLibvirt(boxName: string): Promise<() => Promise<void>> {
  const look = async () => ({
    networks: await virshNames("net-list", "--all"),
    pools: await virshNames("pool-list", "--all"),
  });
  const before = await look();
  return async () => {
    const prefix = boxName.replace("/", "-VAGRANTSLASH-");
    for (const { pool, name } of await volumes())
      if (name.startsWith(`${prefix}_vagrant_box_image_`)) await virsh("vol-delete", "--pool", pool, name);
    const { networks, pools } = await look();
    if (networks.includes("vagrant-libvirt") && !before.networks.includes("vagrant-libvirt")) {
      await virsh("net-destroy", "vagrant-libvirt");
      await virsh("net-undefine", "vagrant-libvirt");
    }
    if (pools.includes("default") && !before.pools.includes("default")) {
      await virsh("pool-destroy", "default");
      await virsh("pool-undefine", "default");
    }
  };
}

async function answers(): Promise<boolean> {
  try {
    await virsh("version");
    return true;
  } catch {
    return false;
  }
}

/** The last one first: libvirtd writes its logs through virtlogd. */
async function stopAll(daemons: readonly ChildProcess[]): Promise<void> {
  for (const daemon of daemons.toReversed()) {
    if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill("SIGTERM");
    await ended;
  }
}
