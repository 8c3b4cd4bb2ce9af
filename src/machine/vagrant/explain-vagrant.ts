import type { Failure } from "../../failure.ts";
import type { VagrantProviderName } from "../../cluster/cluster.ts";
import { productName } from "../../render/vagrantfile.ts";
import { formatMachineErrors, parseBatchError } from "./batch-error.ts";
import { endsAction, messageOf, type VagrantEvent } from "./machine-readable.ts";

/** What is left of a call of Vagrant that failed. */
export interface FailedCall {
  readonly args: readonly string[];
  readonly provider: VagrantProviderName;
  /** Path of the whole log. */
  readonly log: string;
  readonly events: readonly VagrantEvent[];
  /** Lines that were no events, as an error of Ruby's. */
  readonly other: readonly string[];
}

/** A way to fail that is known: by the class of Vagrant's error or by words in what was said. */
interface KnownError {
  readonly pattern: RegExp;
  readonly what: string;
  readonly remedy: string;
}

const tailLines = 15;

/** Why a call failed: with a remedy where the fact is known, else with the end of what Vagrant said. */
export function explainVagrant(call: FailedCall): Failure {
  const { args, provider, log } = call;
  const { errorClass, message, machine = machineOf(call) } = errorOf(call);
  if (/VERR_DISK_FULL|No space left on device/.test(message)) {
    return { kind: "disk-full", path: log, doing: `running vagrant ${args.join(" ")}` };
  }
  const known = knownErrors.find(({ pattern }) => pattern.test(`${errorClass}\n${message}`));
  return {
    kind: "vagrant",
    what: known?.what.replace("%", productName(provider)) ?? `vagrant ${args[0] ?? ""} failed`,
    why: message.trim().split("\n").slice(-tailLines).join("\n"),
    log,
    remedy:
      known?.remedy ??
      "Read the end of the log; then run the same command again, it goes on where it stopped.",
    ...(machine !== undefined && { machine }),
  };
}

/** Names of classes: lib/vagrant/errors.rb of Vagrant and errors.rb of each provider. `%` stands for the hypervisor. */
const knownErrors: readonly KnownError[] = [
  {
    pattern: /Errors::(?:ProviderNotUsable|ProviderNotFound|VirtualBoxNoName|NoDefaultProvider)\b/,
    what: "Vagrant cannot use %",
    remedy: "swarmlab doctor   (says what is missing, and the cure)",
  },
  {
    pattern:
      /Errors::(?:VBoxManageNotFoundError|VirtualBoxNotDetected|VirtualBoxInvalidVersion|VirtualBoxInstallIncomplete|VirtualBoxKernelModuleNotLoaded|VirtualBoxVersionEmpty)\b/,
    what: "% is not installed in full, or is of a version that this Vagrant does not know",
    remedy: "swarmlab doctor   (says which version, and the cure)",
  },
  {
    pattern:
      /not within the\s+allowed ranges|E_ACCESSDENIED[^]*EnableStaticIPConfig|Errors::VirtualBoxInvalidHostSubnet\b/,
    what: "% refuses the private network's addresses",
    remedy: "swarmlab doctor   (prints the line that allows them in /etc/vbox/networks.conf)",
  },
  {
    pattern: /VERR_(?:VMX_IN_VMX_ROOT_MODE|SVM_IN_USE)/,
    what: "another hypervisor, most often KVM, holds the processor's virtualisation",
    remedy:
      "End its machines, or unload it: sudo modprobe -r kvm_intel kvm_amd   (swarmlab doctor knows your versions)",
  },
  {
    pattern:
      /VERR_(?:VMX_NO_VMX|SVM_NO_SVM|VMX_MSR_ALL_VMX_DISABLED|VMX_MSR_VMX_DISABLED|SVM_DISABLED|CPUM_RAISE_GP_0)|VT-x is (?:not available|disabled)|AMD-V is (?:not available|disabled)/,
    what: "the processor's virtualisation (VT-x or AMD-V) is absent or switched off",
    remedy: "Switch it on in the firmware (BIOS, UEFI) set-up; inside a VM, switch nested virtualisation on.",
  },
  {
    pattern:
      /Errors::(?:BoxNotFound\w*|BoxAdd\w+|BoxUnpackageFailure|DownloaderError|BoxVersionInvalid|BoxProviderDoesntMatch|BoxMetadata\w+)\b/,
    what: "the box could not be had",
    remedy:
      "Check the network, and `box` and `box-version` in swarmlab.yaml: vagrant box list shows what is here already.",
  },
  {
    pattern:
      /Errors::VMNameExists\b|VERR_ALREADY_EXISTS|domain '[^']*' already exists|of domain about to create is already taken|Volume for domain is already created/,
    what: "% has a machine of this name already",
    remedy: "swarmlab destroy   (removes what an earlier cluster of this name left)",
  },
  {
    pattern: /Errors::VMBootBadState\b|Errors::VMNoMatchError\b/,
    what: "the machine stopped while it booted",
    remedy:
      "Too little memory is a frequent cause; see its log in the window of the hypervisor. Then: swarmlab up",
  },
  {
    pattern: /Errors::VMBootTimeout\b|Timed out while waiting for the machine to boot/,
    what: "the machine did not answer over SSH in time",
    remedy: "Look at its screen in the hypervisor's window. Then: swarmlab up   (goes on where it stopped)",
  },
  {
    pattern:
      /Errors::(?:MachineLocked|MachineActionLockedError|EnvironmentLockedError)\b|another process is already executing an action/,
    what: "another Vagrant works on this machine",
    remedy: "Wait until it has ended, then run the same command again.",
  },
  {
    // SnapshotImpl.cpp of VirtualBox.
    pattern: /Snapshot '[^']*' of the machine '[^']*' cannot be deleted, because it/,
    what: "% cannot take this snapshot away while newer ones build on it",
    remedy: "swarmlab snapshot list, then swarmlab snapshot delete NAME for the newer ones first.",
  },
  {
    pattern: /Errors::SnapshotNotSupported\b/,
    what: "Vagrant takes no snapshots of %'s machines",
    remedy:
      "Update Vagrant and its plug-in for this provider, or use provider nspawn, virtualbox or libvirt.",
  },
  {
    pattern: /Errors::SSH(?:AuthenticationFailed|KeyBadPermissions|KeyTypeNotSupported\w*)\b/,
    what: "the machine does not let Vagrant in",
    remedy: "The box may not be made for Vagrant. swarmlab destroy and swarmlab up make the machine anew.",
  },
  {
    pattern: /cannot set up guest memory|Cannot allocate memory|NS_ERROR_OUT_OF_MEMORY|VERR_NO_MEMORY/,
    what: "this computer has too little free memory for the machines",
    remedy: "Ask for less under resources in swarmlab.yaml, or end other programs. Then: swarmlab up",
  },
  {
    pattern: /Network is already in use by interface/,
    what: "% does not make a network whose addresses another link has",
    remedy:
      "swarmlab destroy, then swarmlab up: it takes addresses that are free, unless swarmlab.yaml sets subnet",
  },
  {
    pattern: /(?:Unable to find|Cannot check) '?dnsmasq/,
    what: "% has no dnsmasq, which gives its networks their addresses",
    remedy: "Install dnsmasq-base (elsewhere dnsmasq): sudo apt-get install dnsmasq-base   Then: swarmlab up",
  },
  {
    pattern: /Errors::FogLibvirtConnectionError\b|Failed to connect socket to '[^']*libvirt/,
    what: "libvirt does not answer",
    remedy: "sudo systemctl start libvirtd   (and be a member of the group libvirt)",
  },
];

interface VagrantError {
  readonly errorClass: string;
  readonly message: string;
  readonly machine?: string;
}

function errorOf({ events, other }: FailedCall): VagrantError {
  const exit = events.findLast(({ type }) => type === "error-exit");
  if (exit !== undefined) return withoutBatch(exit.data[0] ?? "", exit.data[1] ?? "");
  const said = [...events.flatMap((event) => messageOf(event) ?? []), ...other];
  return { errorClass: "", message: said.join("\n") };
}

/** Several machines at the same time have one error, which does not tell the classes of theirs. */
function withoutBatch(errorClass: string, message: string): VagrantError {
  const errors = parseBatchError(message);
  const [first, ...others] = errors;
  if (first === undefined) return { errorClass, message };
  if (others.length === 0) return { errorClass, ...first };
  return { errorClass, message: formatMachineErrors(errors) };
}

/** The one machine that an action was begun on and not ended; several side by side name themselves in the message. */
function machineOf({ events }: FailedCall): string | undefined {
  const begun = events.filter(({ type, data }) => type === "action" && data[1] === "start");
  const open = begun.filter(
    ({ target, data }) =>
      !events.some((event) => event.target === target && endsAction(event, data[0] ?? "")),
  );
  const targets = new Set(open.flatMap(({ target }) => target ?? []));
  return targets.size === 1 ? [...targets][0] : undefined;
}
