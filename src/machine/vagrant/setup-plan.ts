import type { VagrantProviderName } from "../../cluster/cluster.ts";
import type { SetupPlan } from "../provider.ts";
import { parallelsPage, vmwareUtilityDownloads } from "./desktop-problems.ts";
import { hasPlugIn } from "./plug-ins.ts";
import type { VagrantHost } from "./vagrant-host.ts";
import { vagrantDownloads } from "./vagrant-version.ts";
import { askVirtualBox, virtualBoxDownloads } from "./virtualbox-problems.ts";

/** Something a provider needs, and where it comes from on each system. */
interface Part {
  readonly packages: readonly string[];
  /** Where no package manager is driven, or it has no such package. */
  readonly byHand: Readonly<Record<"linux" | "darwin" | "win32", string>>;
}

const everywhere = (text: string): Part["byHand"] => ({ linux: text, darwin: text, win32: text });

const vagrant: Part = {
  packages: ["vagrant"],
  byHand: {
    linux: `Install Vagrant: ${vagrantDownloads}`,
    darwin: `Install Vagrant: brew install --cask hashicorp/tap/hashicorp-vagrant   or ${vagrantDownloads}`,
    win32: `Install Vagrant: winget install Hashicorp.Vagrant   or ${vagrantDownloads}`,
  },
};

const virtualBox: Part = {
  packages: ["virtualbox"],
  byHand: {
    linux: `Install VirtualBox: ${virtualBoxDownloads}`,
    darwin: `Install VirtualBox: brew install --cask virtualbox   or ${virtualBoxDownloads}`,
    win32: `Install VirtualBox: winget install Oracle.VirtualBox   or ${virtualBoxDownloads}`,
  },
};

const libvirt = (architecture: string): Part => ({
  packages: [
    "libvirt-daemon-system",
    "libvirt-clients",
    "dnsmasq-base",
    architecture === "x64" ? "qemu-system-x86" : "qemu-system-arm",
    "qemu-utils",
  ],
  byHand: everywhere(
    "Install libvirt and QEMU with your package manager: https://libvirt.org/downloads.html",
  ),
});

const plugIn = (name: string, packages: readonly string[] = []): Part => ({
  packages,
  byHand: everywhere(`Install the plug-in: vagrant plugin install ${name}`),
});

const vmware: Part = {
  packages: [],
  byHand: everywhere(
    `Install VMware Workstation Pro or Fusion, and the Vagrant VMware utility: ${vmwareUtilityDownloads}`,
  ),
};

const parallels: Part = {
  packages: [],
  byHand: everywhere(`Install Parallels Desktop, Pro or Business edition: ${parallelsPage}`),
};

/** What `setup` would do for a provider on this host; undefined: nothing is missing. Only apt is driven. */
export async function planVagrantSetup(
  host: VagrantHost,
  provider: VagrantProviderName,
): Promise<SetupPlan | undefined> {
  const parts = await missingParts(host, provider);
  if (parts.length === 0) return undefined;
  const available = await availablePackages(host, parts);
  const drivable = (part: Part) =>
    part.packages.length > 0 && part.packages.every((name) => available.has(name));
  const install = parts.filter(drivable).flatMap(({ packages }) => packages);
  const { platform } = host.facts;
  const system = platform === "darwin" || platform === "win32" ? platform : "linux";
  return {
    commands: install.length === 0 ? [] : [["apt-get", "update"], aptInstall(install)],
    instructions: parts.filter((part) => !drivable(part)).map(({ byHand }) => byHand[system]),
  };
}

/** Packages in the output of `apt-cache policy` that can be installed. */
export function parseCandidates(output: string): ReadonlySet<string> {
  const entries = [...output.matchAll(/^(\S+):\n(?:.*\n)*? +Candidate: (.+)$/gm)];
  return new Set(entries.flatMap(([, name = "", candidate]) => (candidate === "(none)" ? [] : [name])));
}

async function missingParts(host: VagrantHost, provider: VagrantProviderName): Promise<readonly Part[]> {
  const { which } = { which: (name: string) => host.processes.which(name) };
  const missing = async (program: string, part: Part) => ((await which(program)) === undefined ? [part] : []);
  const missingPlugIn = async (name: string, packages: readonly string[] = []) =>
    (await hasPlugIn(host, name)) ? [] : [plugIn(name, packages)];
  const own: Readonly<Record<VagrantProviderName, () => Promise<readonly Part[]>>> = {
    virtualbox: async () => ((await askVirtualBox(host)).kind === "missing" ? [virtualBox] : []),
    libvirt: async () => [
      ...(await missing("virsh", libvirt(host.facts.architecture))),
      ...(await missingPlugIn("vagrant-libvirt", ["vagrant-libvirt"])),
    ],
    vmware_desktop: async () => [
      ...(await missing("vmrun", vmware)),
      ...(await missingPlugIn("vagrant-vmware-desktop")),
    ],
    parallels: async () => [
      ...(await missing("prlctl", parallels)),
      ...(await missingPlugIn("vagrant-parallels")),
    ],
    hyperv: () => Promise.resolve([]),
  };
  return [...(await missing("vagrant", vagrant)), ...(await own[provider]())];
}

async function availablePackages(host: VagrantHost, parts: readonly Part[]): Promise<ReadonlySet<string>> {
  const names = parts.flatMap(({ packages }) => packages);
  if (names.length === 0 || host.facts.platform !== "linux") return new Set();
  for (const program of ["apt-get", "apt-cache"]) {
    if ((await host.processes.which(program)) === undefined) return new Set();
  }
  const { stdout } = await host.processes.run({ argv: ["apt-cache", "policy", ...names] });
  return parseCandidates(stdout);
}

function aptInstall(packages: readonly string[]): readonly [string, ...string[]] {
  return ["apt-get", "install", "--yes", "--no-install-recommends", ...packages];
}
