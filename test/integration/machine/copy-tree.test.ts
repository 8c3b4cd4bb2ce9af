import { execFileSync, spawnSync } from "node:child_process";
import { link, lstat, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FailureError } from "../../../src/failure.ts";
import { canShareBlocks, copyTrees, missingRoom, sizeOf } from "../../../src/machine/nspawn/copy-tree.ts";
import { ExecaProcessRunner } from "../../../src/system/execa-process-runner.ts";
import { ScriptedProcesses } from "../../support/scripted-processes.ts";

const processes = new ExecaProcessRunner({ env: process.env, onRun: () => undefined });
const { signal } = new AbortController();
const doing = "saving node1";

// Skipped elsewhere: GNU cp, and the overlays that it is for, are Linux's.
describe.skipIf(process.platform !== "linux")("copies of trees", () => {
  let directory: string;
  let from: string;
  let into: string;

  beforeEach(async () => {
    directory = await mkdtemp("/var/tmp/swarmlab-copy-");
    [from, into] = [join(directory, "from"), join(directory, "into")];
    await mkdir(join(from, "tree"), { recursive: true });
    await mkdir(into);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const copy = () => copyTrees({ processes, from: [join(from, "tree")], into, doing, signal });

  it("keep names of the same file together, and holes empty", async () => {
    await writeFile(join(from, "tree/a"), "text");
    await link(join(from, "tree/a"), join(from, "tree/b"));
    await truncate(join(from, "tree/a"), 50_000_000);
    await copy();
    const [a, b] = await Promise.all(["a", "b"].map((name) => lstat(join(into, "tree", name))));
    expect([a?.ino === b?.ino, a?.size]).toEqual([true, 50_000_000]);
    expect(await sizeOf(processes, [into])).toBeLessThan(1_000_000);
    expect((await readFile(join(into, "tree/b"), "utf8")).slice(0, 4)).toBe("text");
    expect(await sizeOf(processes, [into, join(directory, "gone")])).toBe(await sizeOf(processes, [into]));
  });

  // Skipped where an overlay cannot be mounted: that takes root.
  it.skipIf(!canMount())("are upper directories like the one they are made of", async () => {
    const [lower, upper] = [join(directory, "lower"), join(from, "tree")];
    await mkdir(join(lower, "replaced"), { recursive: true });
    for (const file of ["kept", "removed", "replaced/old"]) await writeFile(join(lower, file), "");
    const script = `mkdir "$3.work" "$3.root"
      mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3.work" "$3.root"; cd "$3.root"`;
    const inside = (tree: string, what: string): string =>
      execFileSync(
        "unshare",
        [
          "--mount",
          "sh",
          "-ec",
          `${script}; ${what}`,
          "sh",
          lower,
          tree,
          `${directory}/${tree === upper ? "a" : "b"}`,
        ],
        {
          encoding: "utf8",
        },
      );
    inside(upper, "rm -r removed replaced; mkdir replaced; echo > replaced/new");
    await copy();
    expect(inside(join(into, "tree"), "find . -type f | sort")).toBe("./kept\n./replaced/new\n");
  });

  it("tell what is not on the disk for them", async () => {
    const { free, missing } = await missingRoom(into, 1000);
    expect([free > 0, missing]).toEqual([true, 0]);
    expect((await missingRoom(into, 2 * free)).missing).toBeGreaterThan(free / 2);
    expect(typeof (await canShareBlocks(processes, into))).toBe("boolean");
    await expect(lstat(join(into, "reflink.probe"))).rejects.toThrow("ENOENT");
  });
});

it("a full disk is told as one", async () => {
  // The words of GNU cp 9.1.
  const stderr = "cp: error writing '/d/docker/image': No space left on device";
  const failure = { kind: "process", argv: ["cp"], exitCode: 1, stderr } as const;
  const full = new ScriptedProcesses({ "setpriv --pdeathsig=KILL cp": new FailureError(failure) });
  await expect(
    copyTrees({ processes: full, from: ["/m/docker"], into: "/d", doing, signal }),
  ).rejects.toMatchObject({ failure: { kind: "disk-full", path: "/d", doing } });
});

/** In a mount namespace of its own. */
function canMount(): boolean {
  return spawnSync("unshare", ["--mount", "true"]).status === 0;
}
