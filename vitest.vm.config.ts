import { defineConfig } from "vitest/config";
import { countsReporter } from "./test/vm/counts-reporter.ts";

// Takes hours and installs packages, so that only `npm run test:vm` runs it.
export default defineConfig({
  test: {
    name: "vm",
    include: ["test/vm/*.test.ts"],
    globalSetup: "test/vm/global-setup.ts",
    reporters: ["default", countsReporter],
  },
});
