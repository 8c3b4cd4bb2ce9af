import type { Problem } from "../../failure.ts";
import { pathExists } from "../../system/files.ts";
import { cpuProblems } from "./cpu-problems.ts";
import { hasPlugIn } from "./plug-ins.ts";
import type { VagrantHost } from "./vagrant-host.ts";

export const vmwareUtilityDownloads = "https://developer.hashicorp.com/vagrant/install/vmware";
export const parallelsPage = "https://www.parallels.com/products/desktop/pro/";

interface VmwarePlaces {
  readonly program: readonly string[];
  readonly utility: readonly string[];
}

const unixUtility = ["/opt/vagrant-vmware-desktop/bin/vagrant-vmware-utility"];

/**
 * By platform, where the program and HashiCorp's utility beside it may be. The utility's installer for Windows once had a directory of its own for it.
 * https://developer.hashicorp.com/vagrant/docs/providers/vmware/vagrant-vmware-utility
 */
const vmwarePlaces: Readonly<Record<string, VmwarePlaces>> = {
  linux: { program: ["/usr/bin/vmrun"], utility: unixUtility },
  darwin: { program: ["/Applications/VMware Fusion.app"], utility: unixUtility },
  win32: {
    // From 26H1 on it is a program of 64 bits.
    program: [
      "C:\\Program Files\\VMware\\VMware Workstation\\vmrun.exe",
      "C:\\Program Files (x86)\\VMware\\VMware Workstation\\vmrun.exe",
    ],
    utility: [
      "C:\\Program Files\\VagrantVMwareUtility\\bin\\vagrant-vmware-utility.exe",
      "C:\\HashiCorp\\VagrantVMwareUtility\\bin\\vagrant-vmware-utility.exe",
    ],
  },
};

/** What is there of VMware's parts. */
export interface VmwareParts {
  readonly program: boolean;
  readonly utility: boolean;
  readonly plugIn: boolean;
}

/** VMware Workstation or Fusion, HashiCorp's utility, the plug-in. */
export async function vmwareProblems(host: VagrantHost): Promise<readonly Problem[]> {
  const [parts, cpu] = await Promise.all([findVmware(host), cpuProblems(host, "VMware")]);
  return [...judgeVmware(parts), ...cpu];
}

/** Looks for the parts where their installers put them. */
export async function findVmware(host: VagrantHost, exists = pathExists): Promise<VmwareParts> {
  const places = vmwarePlaces[host.facts.platform];
  const isAt = async (paths: readonly string[] = []): Promise<boolean> =>
    (await Promise.all(paths.map(exists))).includes(true);
  const [onPath, program, utility, plugIn] = await Promise.all([
    host.processes.which("vmrun"),
    isAt(places?.program),
    isAt(places?.utility),
    hasPlugIn(host, "vagrant-vmware-desktop"),
  ]);
  return { program: program || onPath !== undefined, utility, plugIn };
}

/** What VMware lacks. */
export function judgeVmware({ program, utility, plugIn }: VmwareParts): readonly Problem[] {
  return [
    ...(program ? [] : [vmwareMissing()]),
    ...(utility ? [] : [utilityMissing()]),
    ...(plugIn ? [] : [plugInMissing("vagrant-vmware-desktop")]),
  ];
}

/** Parallels Desktop and the plug-in; macOS only. */
export async function parallelsProblems(host: VagrantHost): Promise<readonly Problem[]> {
  const { platform } = host.facts;
  if (platform !== "darwin") return [onlyOn({ name: "Parallels", system: "macOS", platform })];
  const [prlctl, plugIn] = await Promise.all([
    host.processes.which("prlctl"),
    hasPlugIn(host, "vagrant-parallels"),
  ]);
  return [
    ...(prlctl === undefined ? [parallelsMissing()] : []),
    ...(plugIn ? [] : [plugInMissing("vagrant-parallels")]),
  ];
}

/** Hyper-V is refused on every host: Vagrant gives its VMs no static addresses. https://github.com/hashicorp/vagrant/issues/8384 */
export function hypervProblems({ facts: { platform } }: VagrantHost): readonly Problem[] {
  if (platform !== "win32") return [onlyOn({ name: "Hyper-V", system: "Windows", platform })];
  return [
    {
      severity: "error",
      what: "Hyper-V's VMs get no static addresses from Vagrant, and a swarm needs them",
      why: "Vagrant ignores the network settings of the file with this provider; a manager whose address changes loses its nodes.",
      remedy: "Use provider: virtualbox or provider: vmware_desktop.",
    },
  ];
}

function onlyOn(place: {
  readonly name: string;
  readonly system: string;
  readonly platform: string;
}): Problem {
  return {
    severity: "error",
    what: `${place.name} exists on ${place.system} only, and this is ${place.platform}`,
    remedy:
      place.platform === "linux" ? "Use provider: libvirt or provider: nspawn." : "Use provider: virtualbox.",
  };
}

function vmwareMissing(): Problem {
  return {
    severity: "error",
    what: "VMware Workstation or Fusion is not installed: there is no vmrun",
    remedy: "Install VMware Workstation Pro (Linux, Windows) or VMware Fusion (macOS).",
  };
}

function utilityMissing(): Problem {
  return {
    severity: "error",
    what: "the Vagrant VMware utility is not installed",
    why: "The plug-in reaches VMware through it.",
    remedy: `Install it from ${vmwareUtilityDownloads}`,
  };
}

function plugInMissing(name: string): Problem {
  return {
    severity: "error",
    what: `Vagrant's plug-in ${name} is not installed`,
    remedy: `vagrant plugin install ${name}`,
  };
}

function parallelsMissing(): Problem {
  return {
    severity: "error",
    what: "Parallels Desktop Pro is not installed: there is no prlctl",
    why: "Vagrant needs the command-line tools, which the Standard edition lacks.",
    remedy: `Install the Pro or Business edition: ${parallelsPage}`,
  };
}
