import { spawnSync } from "node:child_process";
import process from "node:process";

/** What an emulated machine is made of and run by, in Debian's names. */
export const emulationPackages = ["qemu-system-x86", "e2fsprogs", "linux-image-cloud-amd64"] as const;

/** Installs what is missing; each brings what it depends on, and nothing that is only recommended. Throws where it cannot. */
export function installPackages(packages: readonly string[]): void {
  if (spawnSync("dpkg", ["--status", ...packages]).status === 0) return;
  output("apt-get", ["update"]);
  output("apt-get", ["install", "--yes", "--no-install-recommends", ...packages]);
}

/** The release of the kernel with which the machines are started, as below /lib/modules. */
export function kernelRelease(): string {
  const depends = output("dpkg-query", ["--show", "--showformat=${Depends}", "linux-image-cloud-amd64"]);
  const release = /linux-image-(\S+)/.exec(depends)?.[1];
  if (release === undefined) throw new Error(`no kernel in: ${depends}`);
  return release;
}

/** The file with the public key that Vagrant expects in a box. */
export function vagrantPublicKey(): string {
  const program = 'puts Gem::Specification.find_by_name("vagrant").gem_dir';
  return `${output("ruby", ["-e", program]).trim()}/keys/vagrant.pub`;
}

/** What a command prints. Throws with all that it said where it fails. */
export function output(program: string, args: readonly string[]): string {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", env });
  if (error !== undefined) throw error;
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")}: exit code ${status ?? "none"}\n${stdout}\n${stderr}`);
}
