import { resolve } from "node:path";
import process from "node:process";
import { afterAll, expect } from "vitest";
import { loadCluster } from "../../src/cluster/load.ts";
import { nspawnProvider } from "./nspawn.ts";
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
  const readText = (): Promise<string> => Promise.resolve(`name: ${name}\nworkers: 0\n`);
  // The directory owns the cluster, and nothing is read or written there.
  const { cluster } = await loadCluster({ directory: resolve("test/e2e"), readText, overrides: {} });
  return { provider: nspawnProvider(), cluster };
}
