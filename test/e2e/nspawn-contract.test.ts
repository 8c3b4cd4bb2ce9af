import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import process from "node:process";
import { afterAll, expect, it } from "vitest";
import { loadCluster } from "../../src/cluster/load.ts";
import { machineLayout } from "../../src/machine/nspawn/layout.ts";
import { nspawnProvider } from "./nspawn.ts";
import { itKeepsTheProviderContract, type ContractSubject } from "./provider-contract.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findTraces } from "./traces.ts";

const name = `e2e-${process.pid.toString(36)}-contract`;

describeOnRealMachines("the nspawn provider", () => {
  // Hooks after all tests run in reverse order: this one looks when the cluster was destroyed.
  afterAll(async () => expect(await findTraces(name)).toEqual([]));
  itKeepsTheProviderContract(() => makeSubject(name));

  it("makes a machine's network anew that was cut off before it had an address", async () => {
    const { provider, ...made } = await makeSubject(`${name}-cut`);
    const { signal } = new AbortController();
    const progress = { report: () => undefined, signal };
    const cluster = await provider.claim(made.cluster, signal);
    try {
      await provider.prepare(cluster, progress);
      const { namespace, link } = machineLayout("/", cluster.name, "manager", 17);
      execFileSync("ip", ["netns", "add", namespace]);
      execFileSync("ip", ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace]);
      await provider.create(cluster, "manager", progress);
      await using remote = await provider.connect(cluster, "manager", { timeoutMs: 60_000, signal });
      expect((await remote.run({ argv: ["hostname"] })).stdout).toBe("manager\n");
    } finally {
      await provider.destroy(cluster, progress);
    }
    expect(await findTraces(cluster.name)).toEqual([]);
  });
});

async function makeSubject(cluster: string): Promise<ContractSubject> {
  const readText = (): Promise<string> => Promise.resolve(`name: ${cluster}\nworkers: 0\n`);
  // The directory owns the cluster, and nothing is read or written there.
  const loaded = await loadCluster({ directory: resolve("test/e2e"), readText, overrides: {} });
  return { provider: nspawnProvider(), cluster: loaded.cluster };
}
