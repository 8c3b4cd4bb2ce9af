import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { loadCluster } from "../../../src/cluster/load.ts";
import { claimCluster } from "../../../src/machine/settle-cluster.ts";
import { systemClock } from "../../../src/system/system-clock.ts";

it("clusters that claim a subnet at the same moment get one each", async () => {
  const clusters = await mkdtemp(join(tmpdir(), "swarmlab-claim-"));
  onTestFinished(() => rm(clusters, { recursive: true }));
  const surroundings = {
    clusters,
    hostNetworks: () => Promise.resolve([]),
    warn: () => undefined,
    clock: systemClock,
  };
  const { signal } = new AbortController();
  const claimed = await Promise.all(
    ["a", "b", "c", "d"].map(async (name) => {
      const readText = (): Promise<string> => Promise.resolve(`name: ${name}\n`);
      const { cluster } = await loadCluster({ directory: clusters, readText, overrides: {} });
      return claimCluster(surroundings, cluster, signal);
    }),
  );
  expect(new Set(claimed.map(({ subnet }) => subnet)).size).toBe(4);
});
