import process from "node:process";
import { expect, it } from "vitest";
import { Slots } from "../../src/remote/slots.ts";
import { runSequence } from "../chaos/run-sequence.ts";
import { sequenceOf, shortRun } from "../chaos/sequence.ts";
import { describeOnRealMachines } from "./real-machines.ts";

/**
 * In `npm test` the same few sequences each time, so that what fails there is due to a change; `npm run test:chaos` has new ones each time.
 * The seeds of the others follow that of the first.
 */
const seed = Number(process.env["SWARMLAB_SEED"] ?? shortRun.seed);
const count = Number(process.env["SWARMLAB_SEQUENCES"] ?? shortRun.count);

describeOnRealMachines(`${count} random sequences from SWARMLAB_SEED=${seed} on`, () => {
  const slots = new Slots(2);
  const { signal: never } = new AbortController();
  const sequences = Array.from({ length: count }, (_, index) => sequenceOf(seed + index));

  it("are some", () => {
    expect(sequences.length).toBeGreaterThan(0);
  });

  it.concurrent.for(sequences)(
    "$seed: up converges, destroy leaves nothing",
    { timeout: 36_000_000 },
    async (sequence) => {
      const release = await slots.acquire(never);
      try {
        await runSequence(sequence);
      } finally {
        release();
      }
    },
  );
});
