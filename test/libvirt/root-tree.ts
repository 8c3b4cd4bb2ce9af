import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { loadCluster } from "../../src/cluster/load.ts";
import { buildBox } from "../../src/machine/nspawn/build-box.ts";
import { ExecaProcessRunner } from "../../src/system/execa-process-runner.ts";
import { systemClock } from "../../src/system/system-clock.ts";
import { expectExit, startCli } from "../e2e/cli.ts";

/** Where boxes are kept from one run to the next. */
export const home = "/var/lib/swarmlab";

/** The path of a box's root tree, built as `swarmlab up` with nspawn builds it unless it is there. */
export async function rootTree(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-libvirt-"));
  try {
    const args = ["setup", "--provider", "nspawn", "--yes"];
    expectExit(await startCli(args, { directory, timeoutMs: 300_000 }).done, 0);
  } finally {
    await rm(directory, { recursive: true });
  }
  const readText = (): Promise<string> => Promise.resolve("name: libvirt-test\n");
  const { cluster } = await loadCluster({ directory, readText, overrides: {} });
  const host = {
    processes: new ExecaProcessRunner({ env: process.env, onRun: () => undefined }),
    clock: systemClock,
    home,
    templates: resolve("templates"),
    platform: process.platform,
    warn: () => undefined,
  };
  const progress = { report: () => undefined, signal: new AbortController().signal };
  return buildBox(host, cluster.docker, progress);
}
