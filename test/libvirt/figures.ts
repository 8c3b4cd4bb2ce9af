import { performance } from "node:perf_hooks";
import process from "node:process";

/** Runs something, and prints at once how many seconds it took. */
export async function measured<T>(title: string, work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const result = await work();
  process.stderr.write(`${title}: ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`);
  return result;
}
