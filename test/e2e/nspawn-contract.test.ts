import { resolve } from "node:path";
import process from "node:process";
import { afterAll, expect } from "vitest";
import { loadCluster } from "../../src/cluster/load.ts";
import { NspawnProvider } from "../../src/machine/nspawn/nspawn-provider.ts";
import { ExecaProcessRunner } from "../../src/system/execa-process-runner.ts";
import { systemClock } from "../../src/system/system-clock.ts";
import { itKeepsTheProviderContract, type ContractSubject } from "./provider-contract.ts";
import { describeOnRealMachines } from "./real-machines.ts";
import { findTraces } from "./traces.ts";

const name = `e2e-${process.pid.toString(36)}-contract`;

describeOnRealMachines("the nspawn provider", () => {
  // Hooks after all tests run in reverse order: this one looks when the cluster was destroyed.
  afterAll(async () => expect(await findTraces(name)).toEqual([]));
  itKeepsTheProviderContract(makeSubject);
});

async function makeSubject(): Promise<ContractSubject> {
  const provider = new NspawnProvider({
    processes: new ExecaProcessRunner({ path: process.env["PATH"] ?? "", onRun: () => undefined }),
    clock: systemClock,
    home: "/var/lib/swarmlab",
    templates: resolve("templates"),
    platform: process.platform,
    warn: () => undefined,
  });
  const readText = (): Promise<string> => Promise.resolve(`name: ${name}\nworkers: 0\n`);
  // The directory owns the cluster, and nothing is read or written there.
  const { cluster } = await loadCluster({ directory: resolve("test/e2e"), readText, overrides: {} });
  return { provider, cluster };
}
