import { resolve } from "node:path";
import process from "node:process";
import { NspawnProvider } from "../../src/machine/nspawn/nspawn-provider.ts";
import type { Provider } from "../../src/machine/provider.ts";
import { ExecaProcessRunner } from "../../src/system/execa-process-runner.ts";
import { systemClock } from "../../src/system/system-clock.ts";

/** The provider of this host's machines as the program makes it, for tests that work below the command line. */
export function nspawnProvider(): Provider {
  return new NspawnProvider({
    processes: new ExecaProcessRunner({ env: process.env, onRun: () => undefined }),
    clock: systemClock,
    home: "/var/lib/swarmlab",
    templates: resolve("templates"),
    platform: process.platform,
    warn: () => undefined,
  });
}
