import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import type { TestProject } from "vitest/node";
import { loadLabs } from "../../src/labs/load-labs.ts";
import { measured } from "../libvirt/figures.ts";
import { emulationPackages, kernelRelease } from "../libvirt/packages.ts";
import { installPackages, output } from "../support/debian.ts";
import { rootTree } from "../libvirt/root-tree.ts";
import { runComputer, type InsideReport } from "./computer.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** What the tests inside said. */
    readonly insideReport: InsideReport;
  }
}

/** Makes an emulated computer, runs the tests inside it, and hands their report on. Throws where there is none. */
export async function setup(project: TestProject): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64" || process.getuid?.() !== 0)
    throw new Error("this test needs Debian on amd64, and root");
  installPackages(emulationPackages);
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-vm-"));
  try {
    const release = kernelRelease();
    const tree = await measured("box", rootTree);
    const disk = join(directory, "disk");
    await measured("disk", () =>
      Promise.resolve(output("sh", [resolve("test/vm/make-disk.sh"), tree, release, process.execPath, disk])),
    );
    const report = await measured("all inside", async () =>
      runComputer({ directory, disk, release, labs: await labsInside() }),
    );
    project.provide("insideReport", report);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Numbers of the labs of which a kernel without ip_vs cannot run all; `SWARMLAB_LABS` names others. */
async function labsInside(): Promise<readonly string[]> {
  const wanted = process.env["SWARMLAB_LABS"]?.split(",");
  const { labs } = await loadLabs(resolve("labs"));
  const needIt = labs.filter(
    ({ needs, tasks }) =>
      needs.ip_vs || tasks.some(({ checks }) => checks.some((check) => check.needs.includes("ip_vs"))),
  );
  return wanted ?? needIt.map(({ number }) => number);
}
