import type { Cluster } from "../../cluster/cluster.ts";
import type { Problem } from "../../failure.ts";
import type { ComputerFacts } from "../../system/computer-facts.ts";
import { answerOf, silentTool, type ToolAnswer } from "./ask-tool.ts";
import { cpuProblems } from "./cpu-problems.ts";
import { findVBoxManage } from "./find-vboxmanage.ts";
import { hostOnlyProblems } from "./host-only-networks.ts";
import { kvmProblems } from "./kvm-conflict.ts";
import type { VagrantHost } from "./vagrant-host.ts";
import { judgePair, parseVagrantVersion } from "./vagrant-version.ts";
import { isAtLeast } from "./version.ts";

export const virtualBoxDownloads = "https://www.virtualbox.org/wiki/Downloads";

/** The oldest series whose VBoxManage names options as the rendered Vagrantfile does. */
const oldestVirtualBox = "6.1";

/** The first VirtualBox for each system on ARM. https://www.virtualbox.org/wiki/Changelog-7.1, …-7.2; there is none for Linux. */
const firstOnArm: Readonly<Record<string, string>> = { darwin: "7.1", win32: "7.2" };

/** What `VBoxManage --version` says. It puts a warning about its kernel driver before the version and ends with 0 all the same. */
export interface VirtualBoxVersion {
  readonly version?: string;
  readonly driverWarning?: string;
}

/** VirtualBox itself, its driver, its networks, and what else wants the processor's virtualisation. */
export async function virtualBoxProblems(host: VagrantHost, cluster: Cluster): Promise<readonly Problem[]> {
  if (isWsl(host.facts)) return [inWsl()];
  const answer = await askVirtualBox(host);
  const itself = judgeVirtualBox(answer, host.facts);
  const version = answer.kind === "answer" ? parseVirtualBoxVersion(answer.stdout).version : undefined;
  if (version === undefined) return itself;
  const others = await Promise.all([
    pairProblems(host, version),
    askHostInfo(host).then((told) => cpuProblems(host, "VirtualBox", told)),
    kvmProblems(host, version),
    hostOnlyProblems(host, version, cluster),
  ]);
  return [...itself, ...others.flat()];
}

/** The answer of `VBoxManage --version`. */
export async function askVirtualBox(host: VagrantHost): Promise<ToolAnswer> {
  const program = await findVBoxManage(host);
  return program === undefined ? { kind: "missing" } : answerOf(host.processes, [program, "--version"]);
}

/** Whether VirtualBox itself sees VT-x or AMD-V; undefined: it does not tell. */
async function askHostInfo(host: VagrantHost): Promise<boolean | undefined> {
  const program = await findVBoxManage(host);
  if (program === undefined) return undefined;
  const answer = await answerOf(host.processes, [program, "list", "hostinfo"]);
  const told =
    answer.kind === "answer" ? /^Processor supports HW virtualization: (yes|no)/m.exec(answer.stdout) : null;
  return told === null ? undefined : told[1] === "yes";
}

/** Reads the output of `VBoxManage --version`. */
export function parseVirtualBoxVersion(output: string): VirtualBoxVersion {
  const lines = output.split(/\r?\n/);
  const version = lines.map((line) => /^\d+\.\d+\.\d+/.exec(line)?.[0]).find((found) => found !== undefined);
  const from = lines.findIndex((line) => line.startsWith("WARNING:"));
  const to = lines.findIndex((line, index) => index > from && !/^\s|^$/.test(line));
  const warning = from === -1 ? "" : lines.slice(from, to === -1 ? undefined : to).join("\n");
  const words = warning
    .replace(/^WARNING:/, "")
    .replace(/\s+/g, " ")
    .trim();
  return { ...(version === undefined ? {} : { version }), ...(words === "" ? {} : { driverWarning: words }) };
}

/** What the answer means on this computer; nothing of Vagrant, KVM and networks. */
export function judgeVirtualBox(
  answer: ToolAnswer,
  { platform, architecture }: Pick<ComputerFacts, "platform" | "architecture">,
): readonly Problem[] {
  const onArm = architecture === "x64" ? undefined : (firstOnArm[platform] ?? "none");
  if (onArm === "none") return [noneOnArm(platform, architecture)];
  if (answer.kind === "missing") return [missing()];
  if (answer.kind === "silent") return [silentTool("VBoxManage", "VBoxManage --version")];
  const { version, driverWarning } = parseVirtualBoxVersion(answer.stdout);
  if (version === undefined) return [broken(answer.stderr || answer.stdout)];
  return [
    ...(isAtLeast(version, oldestVirtualBox) ? [] : [tooOld(version)]),
    ...(onArm === undefined || isAtLeast(version, onArm) ? [] : [tooOldForArm(version, onArm)]),
    ...(driverWarning === undefined ? [] : [driverNotLoaded(driverWarning)]),
  ];
}

function isWsl({ platform, kernelRelease }: ComputerFacts): boolean {
  return platform === "linux" && /microsoft/i.test(kernelRelease);
}

async function pairProblems(host: VagrantHost, version: string): Promise<readonly Problem[]> {
  const answer = await host.vagrantVersion();
  const vagrant = answer.kind === "answer" ? parseVagrantVersion(answer.stdout) : undefined;
  return vagrant === undefined ? [] : judgePair(vagrant, version);
}

function inWsl(): Problem {
  return {
    severity: "error",
    what: "VirtualBox cannot be driven from inside WSL",
    why: "VirtualBox runs on Windows, and the VMs' network is not reachable from WSL.",
    remedy: "Use provider: nspawn here, or run swarmlab on Windows itself.",
  };
}

function missing(): Problem {
  return {
    severity: "error",
    what: "VirtualBox is not installed: there is no VBoxManage",
    remedy: "swarmlab setup",
  };
}

function broken(output: string): Problem {
  return {
    severity: "error",
    what: "VBoxManage --version tells no version",
    why: output.trim().slice(-500) || "It printed nothing.",
    remedy: `Install VirtualBox afresh from ${virtualBoxDownloads}`,
  };
}

function tooOld(version: string): Problem {
  return {
    severity: "error",
    what: `VirtualBox ${version} is too old: ${oldestVirtualBox} or later is needed`,
    remedy: `Install the newest VirtualBox from ${virtualBoxDownloads}`,
  };
}

function noneOnArm(platform: string, architecture: string): Problem {
  return {
    severity: "error",
    what: `there is no VirtualBox for ${platform} on ${architecture}`,
    remedy: "Use provider: libvirt or provider: nspawn.",
  };
}

function tooOldForArm(version: string, first: string): Problem {
  return {
    severity: "error",
    what: `VirtualBox ${version} starts no VMs on this processor: ${first} or later is needed`,
    why: "On ARM it runs ARM guests only, and only since that version.",
    remedy: `Install the newest VirtualBox from ${virtualBoxDownloads}, or use provider: parallels or provider: vmware_desktop.`,
  };
}

function driverNotLoaded(warning: string): Problem {
  return {
    severity: "error",
    what: "VirtualBox's kernel driver is not loaded",
    why: warning,
    remedy:
      "sudo /sbin/vboxconfig   (a distribution's package: sudo modprobe vboxdrv; with Secure Boot the module must be signed)",
  };
}
