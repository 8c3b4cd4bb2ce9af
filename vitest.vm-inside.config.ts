import { defineConfig } from "vitest/config";

// What `npm run test:vm` runs inside the emulated computer, where everything takes 10 to 20 times as long.
export default defineConfig({
  test: {
    reporters: ["verbose", "json"],
    outputFile: { json: "/run/swarmlab-test.json" },
    // A report from inside is all there is to find a cause by: no difference is cut short.
    chaiConfig: { truncateThreshold: 0 },
    projects: [
      project("host", "test/vm/inside/host.test.ts", 1),
      // The second group begins when the first has ended: one cluster at a time.
      project("labs", "test/e2e/labs.test.ts", 2),
    ],
  },
});

function project(name: string, file: string, groupOrder: number) {
  return {
    test: {
      name,
      include: [file],
      globalSetup: "test/vm/inside/global-setup.ts",
      // The built program is run as it is.
      server: { deps: { external: [/\/dist\//] } },
      sequence: { groupOrder },
      maxConcurrency: 100,
      testTimeout: 7_200_000,
      hookTimeout: 3_600_000,
    },
  };
}
