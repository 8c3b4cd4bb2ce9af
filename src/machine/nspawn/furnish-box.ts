import { chmod, cp, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rememberedEnginePath } from "../../system/remembered-engine.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/**
 * Units that cost a boot more than they give it: they look after a kernel, hardware, or consoles that a machine does not have.
 */
const idleUnits = [
  "console-getty.service",
  "dev-hugepages.mount",
  "ipvsadm.service",
  "modprobe@.service",
  "sys-fs-fuse-connections.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "systemd-logind.service",
  "systemd-modules-load.service",
  "systemd-remount-fs.service",
  "systemd-update-utmp-runlevel.service",
  "systemd-update-utmp.service",
] as const;

/** The same of the programs that systemd starts at each boot, and each time that it reads its units, to make more of them. */
const idleGenerators = [
  "systemd-cryptsetup-generator",
  "systemd-debug-generator",
  "systemd-fstab-generator",
  "systemd-getty-generator",
  "systemd-gpt-auto-generator",
  "systemd-hibernate-resume-generator",
  "systemd-integritysetup-generator",
  "systemd-rc-local-generator",
  "systemd-run-generator",
  "systemd-system-update-generator",
  "systemd-veritysetup-generator",
] as const;

/** Makes a distribution's tree a box: user, SSH, cgroups, the units that start, and no identity of its own. */
export async function furnishBox(host: NspawnHost, tree: string): Promise<void> {
  const { processes } = host;
  await cp(join(host.templates, "box"), tree, { recursive: true });
  await chmod(join(tree, "etc/sudoers.d/vagrant"), 0o440);
  const user = [
    "--create-home",
    "--shell=/bin/bash",
    "--password=*",
    "--groups=docker,sudo",
    "--uid=1000",
    "vagrant",
  ];
  await processes.run({ argv: ["chroot", tree, "useradd", ...user] });
  await processes.run({ argv: ["systemctl", `--root=${tree}`, "preset-all", "--preset-mode=full"] });
  await processes.run({ argv: ["systemctl", `--root=${tree}`, "mask", ...idleUnits] });
  await maskGenerators(tree);
  await processes.run({ argv: ["chroot", tree, "sh", "-c", rememberEngine] });
  await removeIdentity(tree);
  // Newer than /usr: systemd then does not take the first boot for one after an update.
  await Promise.all(["etc/.updated", "var/.updated"].map((file) => writeFile(join(tree, file), "")));
}

const rememberEngine = `
  set -e
  if program=$(command -v dockerd); then
    identity=$(stat -L -c '%s %Y' "$program")
    version=$(dockerd --version)
    echo "$identity $version" >${rememberedEnginePath}
  fi
`;

async function maskGenerators(tree: string): Promise<void> {
  const directory = join(tree, "etc/systemd/system-generators");
  await mkdir(directory, { recursive: true });
  await Promise.all(idleGenerators.map((name) => symlink("/dev/null", join(directory, name))));
}

/** What each machine must have of its own. */
async function removeIdentity(tree: string): Promise<void> {
  const hostKeys = (await readdir(join(tree, "etc/ssh"))).filter((file) => file.startsWith("ssh_host_"));
  const files = ["var/lib/dbus/machine-id", "etc/docker/key.json", "var/lib/docker"];
  for (const path of [...hostKeys.map((key) => `etc/ssh/${key}`), ...files]) {
    await rm(join(tree, path), { recursive: true, force: true });
  }
  await writeFile(join(tree, "etc/machine-id"), "");
}
