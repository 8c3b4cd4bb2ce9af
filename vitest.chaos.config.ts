import process from "node:process";
import { defineConfig } from "vitest/config";

/** New ones each time; vitest prints it with the title of the tests. */
const seed = process.env["SWARMLAB_SEED"] ?? String(Math.floor(Math.random() * 2 ** 31));

// Takes half an hour, so that only `npm run test:chaos` runs it. `npm test` has a few sequences.
export default defineConfig({
  test: {
    name: "chaos",
    include: ["test/e2e/chaos.test.ts"],
    globalSetup: "test/e2e/global-setup.ts",
    reporters: ["verbose"],
    env: { SWARMLAB_SEED: seed, SWARMLAB_SEQUENCES: process.env["SWARMLAB_SEQUENCES"] ?? "100" },
    maxConcurrency: 100,
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});
