import { output } from "../support/debian.ts";

/** What an emulated machine is made of and run by, in Debian's names. */
export const emulationPackages = ["qemu-system-x86", "e2fsprogs", "linux-image-cloud-amd64"] as const;

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
