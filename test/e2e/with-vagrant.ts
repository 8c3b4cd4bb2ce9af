import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe } from "vitest";
import { describeOnRealMachines } from "./real-machines.ts";

/** A suite that needs real machines and the real Vagrant. Without it the suite is skipped, unless `CI_REQUIRE_E2E=1` forbids that. */
export function describeWithVagrant(title: string, tests: () => void): void {
  if (spawnSync("vagrant", ["--version"]).status === 0) {
    describeOnRealMachines(title, tests);
  } else if (process.env["CI_REQUIRE_E2E"] === "1") {
    throw new Error("CI_REQUIRE_E2E=1, and Vagrant is not installed");
  } else {
    describe.skip(`${title} (skipped: Vagrant is not installed)`, tests);
  }
}
