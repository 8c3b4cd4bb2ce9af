import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { clusterLayout } from "../../../src/machine/nspawn/layout.ts";
import { removeClusterFiles } from "../../../src/machine/nspawn/remove-cluster-files.ts";
import { temporaryDirectory } from "../../support/program.ts";

const names = Array.from({ length: 9 }, (_, index) => `manager${index + 1}`);

describe("the files of a cluster", () => {
  it("go for all machines at once: some managers alone would have lost their majority", async () => {
    const { layout, records } = await makeFiles();
    const left = new Set<string>();
    const removing = removeClusterFiles(layout).then(() => "done");
    while ((await Promise.race([removing, setImmediate("goes on")])) !== "done") {
      if (records.some((record) => !existsSync(record)))
        for (const record of records.filter(existsSync)) left.add(record);
    }
    expect([...left]).toEqual([]);
    expect(existsSync(layout.directory)).toBe(false);
  });

  it("are removed after a removal that was broken off, and when there are none", async () => {
    const { layout } = await makeFiles();
    await mkdir(join(layout.directory, "destroyed/manager1"), { recursive: true });
    await removeClusterFiles(layout);
    expect(existsSync(layout.directory)).toBe(false);
    await removeClusterFiles(layout);
  });
});

async function makeFiles() {
  const layout = clusterLayout(await temporaryDirectory(), "half");
  const records = names.map((name) => join(layout.machinesDirectory, name, "machine.json"));
  for (const record of records) {
    await mkdir(join(record, "../upper/etc"), { recursive: true });
    await writeFile(record, "{}");
    for (let number = 0; number < 200; number++) await writeFile(join(record, `../upper/etc/${number}`), "");
  }
  return { layout, records };
}
