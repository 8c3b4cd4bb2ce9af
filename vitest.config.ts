import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";

/** No test of these leaves anything behind in a module: to load all modules anew for each file would double what they cost. */
const quick = { isolate: false, maxWorkers: 3, testTimeout: 60_000 };
/** The built program is run as it is. */
const server = { deps: { external: [/\/dist\//] } };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], ...quick } },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          server,
          ...quick,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/global-setup.ts",
          server,
          sequence: { groupOrder: 1 },
          // Real machines are waited for a good part of the time: two files at a time leave two cores idle for a fifth of it.
          maxWorkers: 3,
          // Labs that wait for their turn must not keep the others from theirs.
          maxConcurrency: 100,
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
