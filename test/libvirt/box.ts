import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { output } from "../support/debian.ts";
import { kernelRelease, vagrantPublicKey } from "./packages.ts";
import { home, rootTree } from "./root-tree.ts";

/** The box as Vagrant knows it. */
export const boxName = "swarmlab-test/debian";
const recipe = resolve("test/libvirt/make-box.sh");
const kernelRecipe = resolve("test/libvirt/give-kernel.sh");

/** What the machines are made of. */
export interface TestBox {
  /** `VAGRANT_HOME` of the test, with the box in it. */
  readonly vagrantHome: string;
  /** Of the kernel, as below /lib/modules. */
  readonly release: string;
}

/** Makes a box of the root tree that swarmlab builds for nspawn, or takes the one that was made of the same things. */
export async function ensureBox(): Promise<TestBox> {
  const [release, publicKey] = [kernelRelease(), vagrantPublicKey()];
  const tree = await rootTree();
  const hash = createHash("sha256").update(JSON.stringify([tree, release]));
  for (const file of [recipe, kernelRecipe, publicKey, join(tree, "var/lib/dpkg/status")])
    hash.update(await readFile(file));
  const boxes = join(home, "libvirt-test");
  const vagrantHome = join(boxes, hash.digest("hex").slice(0, 16));
  const ready = await stat(vagrantHome).catch(() => undefined);
  if (ready === undefined) {
    await removeOthers(boxes);
    const partial = `${vagrantHome}.partial`;
    const file = join(partial, "test.box");
    await mkdir(partial, { recursive: true, mode: 0o700 });
    output("sh", [recipe, tree, release, publicKey, file]);
    output("env", [`VAGRANT_HOME=${partial}`, "vagrant", "box", "add", "--name", boxName, file]);
    await rm(file);
    await rename(partial, vagrantHome);
  }
  return { vagrantHome, release };
}

/** A box of earlier inputs is never used again. */
async function removeOthers(boxes: string): Promise<void> {
  await mkdir(boxes, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(boxes)) await rm(join(boxes, entry), { recursive: true });
}
