import process from "node:process";
import { vi } from "vitest";
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
  await vi.waitUntil(() => own().length === 0, { timeout: 10_000 });
}
