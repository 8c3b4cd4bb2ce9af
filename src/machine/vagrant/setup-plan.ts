import type { VagrantProviderName } from "../../cluster/cluster.ts";
import type { SetupPlan } from "../provider.ts";
import { findVmware, parallelsPage, vmwareUtilityDownloads } from "./desktop-problems.ts";
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

/** Providers that exist on one system only, as Node names it. */
const systems: Readonly<Partial<Record<VagrantProviderName, string>>> = {
  libvirt: "linux",
  parallels: "darwin",
  hyperv: "win32",
};

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

/**
 * What `setup` would do for a provider on this host; undefined: nothing is missing.
 * Only apt is driven, and only when it has all that is missing: a setup that ends without an error leaves nothing to do.
 */
export async function planVagrantSetup(
  host: VagrantHost,
  provider: VagrantProviderName,
): Promise<SetupPlan | undefined> {
  const wanted = systems[provider];
  if (wanted !== undefined && wanted !== host.facts.platform)
    return {
      commands: [],
      instructions: [`Choose another provider: ${provider} does not exist on this system.`],
    };
  const parts = await missingParts(host, provider);
  if (parts.length === 0) return undefined;
  const available = await availablePackages(host, parts);
  const packaged = parts.filter(
    ({ packages }) => packages.length > 0 && packages.every((name) => available.has(name)),
  );
  const install = aptInstall(packaged.flatMap(({ packages }) => packages));
  const instructions = [
    ...(packaged.length === 0 ? [] : [install.join(" ")]),
    ...parts.filter((part) => !packaged.includes(part)).map(({ byHand }) => byHand[systemOf(host)]),
  ];
  const commands = packaged.length === parts.length ? [["apt-get", "update"] as const, install] : [];
  return { commands, instructions };
}

/** Packages in the output of `apt-cache policy` that can be installed. */
export function parseCandidates(output: string): ReadonlySet<string> {
  const entries = [...output.matchAll(/^(\S+):\n(?:.*\n)*? +Candidate: (.+)$/gm)];
  return new Set(entries.flatMap(([, name = "", candidate]) => (candidate === "(none)" ? [] : [name])));
}

async function missingParts(host: VagrantHost, provider: VagrantProviderName): Promise<readonly Part[]> {
  const parts = await Promise.all([
    missingProgram(host, "vagrant", vagrant),
    missingHypervisor(host, provider),
  ]);
  return parts.flat();
}

async function missingHypervisor(host: VagrantHost, provider: VagrantProviderName): Promise<readonly Part[]> {
  switch (provider) {
    case "virtualbox":
      return (await askVirtualBox(host)).kind === "missing" ? [virtualBox] : [];
    case "libvirt":
      return [
        ...(await missingProgram(host, "virsh", libvirt(host.facts.architecture))),
        ...(await missingPlugIn(host, "vagrant-libvirt", ["vagrant-libvirt"])),
      ];
    case "vmware_desktop": {
      const { program, utility } = await findVmware(host);
      return [
        ...(program && utility ? [] : [vmware]),
        ...(await missingPlugIn(host, "vagrant-vmware-desktop")),
      ];
    }
    case "parallels":
      return [
        ...(await missingProgram(host, "prlctl", parallels)),
        ...(await missingPlugIn(host, "vagrant-parallels")),
      ];
    case "hyperv":
      return [];
  }
}

async function missingProgram(
  { processes }: VagrantHost,
  name: string,
  part: Part,
): Promise<readonly Part[]> {
  return (await processes.which(name)) === undefined ? [part] : [];
}

async function missingPlugIn(
  host: VagrantHost,
  name: string,
  packages: readonly string[] = [],
): Promise<readonly Part[]> {
  return (await hasPlugIn(host, name)) ? [] : [plugIn(name, packages)];
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

function systemOf({ facts: { platform } }: VagrantHost): "linux" | "darwin" | "win32" {
  return platform === "darwin" || platform === "win32" ? platform : "linux";
}

function aptInstall(packages: readonly string[]): readonly [string, ...string[]] {
  return ["apt-get", "install", "--yes", "--no-install-recommends", ...packages];
}
