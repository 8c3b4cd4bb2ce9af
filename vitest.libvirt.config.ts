import { defineConfig } from "vitest/config";

// Takes some ten minutes and installs packages, so that only `npm run test:libvirt` runs it.
export default defineConfig({
  test: {
    name: "libvirt",
    include: ["test/libvirt/**/*.test.ts"],
    globalSetup: "test/libvirt/global-setup.ts",
    bail: 1,
    testTimeout: 2_400_000,
    hookTimeout: 600_000,
  },
});
