import { describe, inject } from "vitest";

/** A suite that needs real machines; where they cannot run it is skipped, and its title says why. */
export function describeOnRealMachines(title: string, tests: () => void): void {
  const reason = inject("whyNoMachines");
  describe.skipIf(reason !== null)(reason === null ? title : `${title} (skipped: ${reason})`, tests);
}
