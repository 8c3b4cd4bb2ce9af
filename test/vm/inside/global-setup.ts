import type { TestProject } from "vitest/node";

/** This computer was made to run real machines: where it cannot, the tests fail instead of being skipped. */
export function setup(project: TestProject): void {
  project.provide("whyNoMachines", null);
}
