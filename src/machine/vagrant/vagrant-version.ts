import type { Problem } from "../../failure.ts";
import { silentTool, type ToolAnswer } from "./ask-tool.ts";
import type { VagrantHost } from "./vagrant-host.ts";
import { isAtLeast, seriesOf } from "./version.ts";

export const vagrantDownloads = "https://developer.hashicorp.com/vagrant/install";

/**
 * The first that checks host-only addresses against VirtualBox's ranges before it makes a VM, and what Ubuntu 22.04 has.
 * https://github.com/hashicorp/vagrant/blob/v2.2.19/CHANGELOG.md (GH-12564)
 */
const oldestVagrant = "2.2.19";

/** The first Vagrant that knows boxes of several architectures under one name. Its CHANGELOG, 2.4.0, GH-13239. */
const firstWithArchitectures = "2.4.0";

/** The first Vagrant for each series of VirtualBox; it refuses a series it does not know. Its CHANGELOG: GH-12947, GH-13513, GH-13709. */
const firstVagrantFor: Readonly<Record<string, string>> = { "7.0": "2.3.2", "7.1": "2.4.2", "7.2": "2.4.9" };
const newestKnownVirtualBox = "7.2";

/** Vagrant missing, silent or too old for any provider, or for this computer's architecture. */
export async function vagrantItselfProblems(host: VagrantHost): Promise<readonly Problem[]> {
  return judgeVagrant(await host.vagrantVersion(), host.facts.architecture);
}

/** The version in the output of `vagrant --version`; undefined: there is none. */
export function parseVagrantVersion(output: string): string | undefined {
  return /^Vagrant (\d[\w.]*)/m.exec(output)?.[1];
}

/** What the answer to `vagrant --version` means on a computer of this architecture. */
export function judgeVagrant(answer: ToolAnswer, architecture: string): readonly Problem[] {
  if (answer.kind === "missing") return [vagrantMissing()];
  if (answer.kind === "silent") return [silentTool("vagrant", "vagrant --version")];
  const version = parseVagrantVersion(answer.stdout);
  if (version === undefined) return [vagrantBroken(answer.stderr || answer.stdout)];
  if (!isAtLeast(version, oldestVagrant)) return [vagrantTooOld(version, oldestVagrant)];
  if (architecture !== "x64" && !isAtLeast(version, firstWithArchitectures))
    return [vagrantTooOld(version, firstWithArchitectures, `It knows no boxes for ${architecture}.`)];
  return [];
}

/** Whether this Vagrant drives this VirtualBox; both are versions. */
export function judgePair(vagrant: string, virtualBox: string): readonly Problem[] {
  const series = seriesOf(virtualBox);
  if (!isAtLeast(newestKnownVirtualBox, series)) return [virtualBoxTooNew(vagrant, virtualBox)];
  const needed = firstVagrantFor[series];
  if (needed === undefined || isAtLeast(vagrant, needed)) return [];
  return [
    {
      severity: "error",
      what: `Vagrant ${vagrant} does not know VirtualBox ${series}`,
      why: `Vagrant drives only series of VirtualBox that it knows, and ${series} since version ${needed}.`,
      remedy: `Install Vagrant ${needed} or later from ${vagrantDownloads}, or a VirtualBox of series ${newestFor(vagrant)}.`,
    },
  ];
}

/** The newest series of VirtualBox that a version of Vagrant drives. */
function newestFor(vagrant: string): string {
  const known = Object.entries(firstVagrantFor).filter(([, first]) => isAtLeast(vagrant, first));
  return known.at(-1)?.[0] ?? "6.1";
}

function vagrantMissing(): Problem {
  return {
    severity: "error",
    what: "vagrant is not installed",
    why: "It makes and starts the VMs.",
    remedy: "swarmlab setup",
  };
}

function vagrantBroken(output: string): Problem {
  return {
    severity: "error",
    what: "vagrant --version tells no version",
    why: output.trim().slice(-500) || "It printed nothing.",
    remedy: `Install Vagrant afresh from ${vagrantDownloads}`,
  };
}

function vagrantTooOld(version: string, needed: string, why?: string): Problem {
  return {
    severity: "error",
    what: `Vagrant ${version} is too old: ${needed} or later is needed`,
    ...(why === undefined ? {} : { why }),
    remedy: `Install the newest Vagrant from ${vagrantDownloads}`,
  };
}

function virtualBoxTooNew(vagrant: string, virtualBox: string): Problem {
  return {
    severity: "warning",
    what: `VirtualBox ${virtualBox} is newer than any that swarmlab knows Vagrant to drive`,
    why: `The newest known series is ${newestKnownVirtualBox}; this is Vagrant ${vagrant}.`,
    remedy: `If Vagrant refuses it, install the newest Vagrant from ${vagrantDownloads}, or VirtualBox ${newestKnownVirtualBox}.`,
  };
}
