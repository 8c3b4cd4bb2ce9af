import { readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../../support/program.ts";

const root = resolve(import.meta.dirname, "../../..");

it("works as an installed package, alone and from anywhere", { timeout: 60_000 }, async () => {
  const [store, prefix, lab] = [
    await temporaryDirectory(),
    await temporaryDirectory(),
    await temporaryDirectory(),
  ];
  // Without scripts: they would build anew what other tests are running.
  const { stdout } = await execa("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", store], {
    cwd: root,
  });
  const [packed] = JSON.parse(stdout) as readonly [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  const paths = packed.files.map(({ path }) => path);
  expect(paths.filter((path) => !/^(?:dist\/[^/]+\.js|(?:templates|labs)\/.+)$/.test(path)).sort()).toEqual([
    "LICENSE",
    "README.md",
    "package.json",
  ]);
  expect(paths).toEqual(expect.arrayContaining([...(await filesBelow("templates"))]));

  await execa("npm", [
    "install",
    "--no-audit",
    "--no-fund",
    "--prefix",
    prefix,
    join(store, packed.filename),
  ]);
  const installed = join(prefix, "node_modules");
  expect((await readdir(installed)).filter((name) => !name.startsWith("."))).toEqual(["swarmlab"]);

  const swarmlab = (args: readonly string[]) =>
    execa(join(installed, ".bin/swarmlab"), args, {
      cwd: lab,
      env: { SWARMLAB_HOME: join(lab, "home") },
      reject: false,
    });
  expect((await swarmlab(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+$/);
  expect((await swarmlab(["init"])).stdout).toBe(`Wrote ${join(lab, "swarmlab.yaml")}`);
  expect(JSON.parse((await swarmlab(["doctor", "--json"])).stdout)).toMatchObject({ schemaVersion: 1 });
});

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, directory), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
