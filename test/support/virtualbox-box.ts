import { execFile } from "node:child_process";
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const source = resolve(import.meta.dirname, "../fixtures/virtualbox/box");
const swarmlabHome = "/var/lib/swarmlab";
/** User and group of `vagrant` in the root tree. */
const vagrantId = 1000;

/**
 * Makes a Vagrant box for the stand-in, and returns its file: an appliance whose disk names the root tree that the nspawn provider has built,
 * and adds what a Vagrant box of Debian has: networks that Vagrant's guest code can configure, its insecure key, host keys at the first boot.
 */
export async function buildTestBox(options: {
  readonly directory: string;
  /** Vagrant puts its insecure key there on its first call. */
  readonly vagrantHome: string;
  readonly run: (file: string, args: readonly string[]) => Promise<string>;
}): Promise<string> {
  const { directory, vagrantHome, run } = options;
  await run("vagrant", ["box", "list"]);
  const key = await run("ssh-keygen", ["-y", "-f", join(vagrantHome, "insecure_private_key")]);
  const parts = await mkdtemp(join(directory, "box-"));
  await writeFile(join(parts, "base"), await newestRootTree());
  await furnishLayer(join(parts, "layers/0"), key);
  await execute("tar", ["-C", parts, "-cf", join(parts, "box-disk001.vmdk"), "base", "layers"]);
  const files = await readdir(source).then((names) => names.filter((name) => name !== "layer"));
  for (const name of files) await cp(join(source, name), join(parts, name));
  const box = `${parts}.box`;
  await execute("tar", ["-C", parts, "-cf", box, "box-disk001.vmdk", ...files]);
  await rm(parts, { recursive: true });
  return box;
}

async function newestRootTree(): Promise<string> {
  const boxes = join(swarmlabHome, "boxes");
  const names = (await readdir(boxes)).filter((name) => !name.endsWith(".partial"));
  const trees = await Promise.all(
    names.map(async (name) => ({ path: join(boxes, name), madeAt: (await stat(join(boxes, name))).ctimeMs })),
  );
  const [newest] = trees.sort((one, other) => other.madeAt - one.madeAt);
  if (newest === undefined) throw new Error(`no root tree in ${boxes}: let swarmlab build one first`);
  return newest.path;
}

async function furnishLayer(layer: string, publicKey: string): Promise<void> {
  await cp(join(source, "layer"), layer, { recursive: true });
  await addIfupdown(layer);
  const units = join(layer, "etc/systemd/system");
  await link("/lib/systemd/system/networking.service", join(units, "multi-user.target.wants"));
  await link("/etc/systemd/system/ssh-host-keys.service", join(units, "ssh.service.requires"));
  const ssh = join(layer, "home/vagrant/.ssh");
  await mkdir(ssh, { recursive: true });
  await writeFile(join(ssh, "authorized_keys"), publicKey, { mode: 0o600 });
  await chmod(ssh, 0o700);
  for (const path of [join(ssh, ".."), ssh, join(ssh, "authorized_keys")])
    await chown(path, vagrantId, vagrantId);
}

async function link(unit: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await symlink(unit, join(directory, unit.split("/").at(-1) ?? ""));
}

/** Debian's ifupdown, which the root tree does without. The package is fetched once and kept beside the root trees. */
async function addIfupdown(layer: string): Promise<void> {
  const cache = join(swarmlabHome, "test-packages");
  await mkdir(cache, { recursive: true });
  const find = async (): Promise<string | undefined> =>
    (await readdir(cache)).find((name) => /^ifupdown_.*\.deb$/.test(name));
  if ((await find()) === undefined) await execute("apt-get", ["download", "ifupdown"], { cwd: cache });
  const archive = join(layer, "ifupdown.tar");
  await execute("sh", [
    "-c",
    'dpkg-deb --fsys-tarfile "$0" > "$1"',
    join(cache, (await find()) ?? ""),
    archive,
  ]);
  // The tree has /sbin and /lib as links, which directories in a layer would hide.
  const wanted = ["./etc/default", "./etc/network", "./sbin", "./lib/systemd"];
  const rename = String.raw`--transform=s,^\./\(sbin\|lib\),./usr/\1,S`;
  await execute("tar", ["-C", layer, "-xf", archive, "--skip-old-files", rename, ...wanted]);
  await rm(archive);
}
