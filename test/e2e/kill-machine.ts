import process from "node:process";
import { expect } from "vitest";
import { findProcesses } from "./traces.ts";

/** Ends a machine as a power cut does. */
export async function killMachine(cluster: string, machine: string): Promise<void> {
  const own = () => findProcesses(cluster).filter((found) => found.machine === machine);
  for (const { pid } of own()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended with its parent.
    }
  }
  await expect.poll(own, { timeout: 5000 }).toEqual([]);
}
