import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";

/** Real machines are waited for a good part of the time: with fewer files at a time two cores were idle for a fifth of it. */
const maxWorkers = 4;
/** No test of these leaves anything behind in a module: to load all modules anew for each file would double what they cost. */
const quick = { isolate: false, maxWorkers, testTimeout: 60_000 };
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
          maxWorkers,
          // Labs that wait for their turn must not keep the others from theirs.
          maxConcurrency: 100,
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
