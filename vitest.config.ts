import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 20_000 } },
      { test: { name: "integration", include: ["test/integration/**/*.test.ts"], testTimeout: 20_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/global-setup.ts",
          // Real machines: one file at a time, or they take each other's cores.
          fileParallelism: false,
          // Labs that wait for their turn must not keep the others from theirs.
          maxConcurrency: 100,
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
