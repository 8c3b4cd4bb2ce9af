import type { Problem } from "../../failure.ts";
import type { VagrantHost } from "./vagrant-host.ts";
import { isAtLeast } from "./version.ts";

/** What KVM does with the processor that VirtualBox wants too. */
export interface KvmState {
  /** The module for this processor, if it is there: loaded, or built in. */
  readonly module?: "kvm_intel" | "kvm_amd";
  /** It can be unloaded. */
  readonly loadable: boolean;
  /** How often it is in use: by VMs of QEMU, libvirt, an Android emulator. */
  readonly users: number;
  /** KVM has switched the processor's virtualisation on for itself; undefined: this kernel has no such setting. */
  readonly enabledAtLoad?: boolean;
}

/** Since then KVM takes VT-x or AMD-V when its module is loaded, and no longer when its first VM starts. https://github.com/VirtualBox/virtualbox/issues/188 */
const kernelThatEnablesAtLoad = "6.12";
/** Since then KVM shares the processor with modules that ask it to. https://github.com/NixOS/nixpkgs/issues/363887, https://github.com/void-linux/void-packages/pull/61332 */
const kernelThatShares = "6.16";
/** The first VirtualBox that asks KVM on AMD processors too. https://github.com/VirtualBox/virtualbox/issues/81 */
const virtualBoxThatAsks = "7.2.6";
/** From here on VirtualBox relies on KVM having it switched on. https://github.com/VirtualBox/virtualbox/issues/711, …/713 */
const virtualBoxThatRelies = "7.2.10";

/** What KVM means for a version of VirtualBox on this host. */
export async function kvmProblems(host: VagrantHost, virtualBox: string): Promise<readonly Problem[]> {
  if (host.facts.platform !== "linux") return [];
  return judgeKvm(await readKvm(host), { virtualBox, kernel: host.facts.kernelRelease });
}

/** Looks at modules and at KVM's parameters. */
export async function readKvm({ readText }: Pick<VagrantHost, "readText">): Promise<KvmState> {
  const loaded = parseModules((await readText("/proc/modules")) ?? "");
  const enabled = await readText("/sys/module/kvm/parameters/enable_virt_at_load");
  const builtIn = async (name: string) =>
    (await readText(`/sys/module/${name}/parameters/nested`)) !== undefined;
  for (const name of ["kvm_intel", "kvm_amd"] as const) {
    const users = loaded.get(name);
    if (users === undefined && !(await builtIn(name))) continue;
    return {
      module: name,
      loadable: users !== undefined,
      users: users ?? 0,
      ...(enabled === undefined ? {} : { enabledAtLoad: enabled.trim() === "Y" }),
    };
  }
  return { loadable: false, users: 0 };
}

/** Reads `/proc/modules`: how often each module is in use. */
export function parseModules(text: string): ReadonlyMap<string, number> {
  const rows = text.split("\n").map((line) => line.split(" "));
  return new Map(
    rows.flatMap(([name = "", , users = ""]) => (/^\d+$/.test(users) ? [[name, Number(users)]] : [])),
  );
}

/** Whether VMs of this VirtualBox start beside KVM as it is, and what cures it if not. */
export function judgeKvm(
  state: KvmState,
  { virtualBox, kernel }: { readonly virtualBox: string; readonly kernel: string },
): readonly Problem[] {
  const { module, users, enabledAtLoad } = state;
  if (module === undefined) return [];
  if (users > 0) return [vmsOfKvm(module)];
  if (!isAtLeast(kernel, kernelThatEnablesAtLoad) || enabledAtLoad === undefined) return [];
  const shares = isAtLeast(kernel, kernelThatShares);
  if (isAtLeast(virtualBox, virtualBoxThatRelies) && shares)
    return enabledAtLoad ? [] : [kvmHeldBack(state, module, virtualBox)];
  if (!enabledAtLoad) return [];
  if (!shares || !isAtLeast(virtualBox, virtualBoxThatAsks))
    return [kvmTookIt(state, { module, virtualBox, shares })];
  return [];
}

function vmsOfKvm(module: string): Problem {
  return {
    severity: "error",
    what: "VMs of KVM run on this computer, and VirtualBox starts none beside them",
    why: `The kernel module ${module} is in use: by QEMU, libvirt or an Android emulator.`,
    remedy: "Stop them (virsh -c qemu:///system list shows those of libvirt), or use provider: libvirt.",
  };
}

/** On Intel's processors some versions between do share on newer kernels: there it is a warning. */
function kvmTookIt(
  state: KvmState,
  {
    module,
    virtualBox,
    shares,
  }: { readonly module: string; readonly virtualBox: string; readonly shares: boolean },
): Problem {
  const error = module === "kvm_intel" ? "VERR_VMX_IN_VMX_ROOT_MODE" : "VERR_SVM_IN_USE";
  const forGood = shares
    ? `install VirtualBox ${virtualBoxThatRelies} or later, which shares the processor with KVM on this kernel`
    : "sudo sh -c 'echo options kvm enable_virt_at_load=0 > /etc/modprobe.d/swarmlab-kvm.conf', and restart";
  return {
    severity: shares && module === "kvm_intel" ? "warning" : "error",
    what: `KVM holds the processor's virtualisation, and VMs of VirtualBox ${virtualBox} do not start beside it`,
    why: `This kernel's KVM takes it as soon as ${module} is loaded; VirtualBox then says ${error}.`,
    remedy: state.loadable
      ? `Until the next restart: sudo modprobe -r ${module} kvm   For good: ${forGood}`
      : `KVM is built into this kernel: add kvm.enable_virt_at_load=0 to the kernel's command line and restart${shares ? `, or ${forGood}` : ""}.`,
  };
}

function kvmHeldBack(state: KvmState, module: string, virtualBox: string): Problem {
  const now = state.loadable ? `   Until then: sudo modprobe -r ${module} kvm` : "";
  return {
    severity: "error",
    what: `KVM is held back with enable_virt_at_load=0, and VirtualBox ${virtualBox} needs it the other way`,
    why: `Since ${virtualBoxThatRelies} VirtualBox lets KVM switch the virtualisation on; with this setting, once the cure for older versions, VMs do not start or the computer freezes.`,
    remedy: `Find the setting with: grep -rs enable_virt_at_load /etc/modprobe.d /usr/lib/modprobe.d /proc/cmdline   Remove it and restart.${now}`,
  };
}
