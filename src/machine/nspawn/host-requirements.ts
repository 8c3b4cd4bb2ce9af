import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { isBoxPath } from "../../cluster/box-name.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { Problem } from "../../failure.ts";
import { pathExists } from "../../system/files.ts";
import type { SetupPlan } from "../provider.ts";
import { findBox } from "./box.ts";
import { boxNeedsMiB } from "./build-box.ts";
import { unpackedMiB } from "./carry-box.ts";
import { kernelProblems } from "./kernel-modules.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** A program this provider calls, and the package that has it, by package manager. */
interface Tool {
  readonly program: string;
  readonly apt: string;
  readonly dnf: string;
  readonly pacman: string;
  /** Called only where a box has to be built. */
  readonly builds?: true;
}

const tools: readonly Tool[] = [
  { program: "systemd-nspawn", apt: "systemd-container", dnf: "systemd-container", pacman: "systemd" },
  { program: "mmdebstrap", apt: "mmdebstrap", dnf: "mmdebstrap", pacman: "mmdebstrap", builds: true },
  { program: "ip", apt: "iproute2", dnf: "iproute", pacman: "iproute2" },
  { program: "iptables-restore", apt: "iptables", dnf: "iptables-nft", pacman: "iptables-nft" },
  { program: "unshare", apt: "util-linux", dnf: "util-linux", pacman: "util-linux" },
];

/** A bundle brings the box, and no programs of the host. */
const withoutNetwork =
  "Install it from what this computer was installed from, or while it has a network: swarmlab setup";

const overlayFsMagic = 0x794c7630;

/**
 * What `setup` would install; undefined: nothing is missing. Only apt is driven, and only where it installs the host's own packages: Fedora's
 * mmdebstrap brings apt along. `osRelease`: content of os-release(5).
 */
export async function planHostSetup(
  { processes }: NspawnHost,
  osRelease: string,
): Promise<SetupPlan | undefined> {
  const missing = await missingTools(processes);
  if (missing.length === 0) return undefined;
  const packagesFor = (manager: "apt" | "dnf" | "pacman") =>
    [...new Set(missing.map((tool) => tool[manager]))].join(" ");
  const instructions = [
    `Debian, Ubuntu: apt-get install ${packagesFor("apt")}`,
    `Fedora: dnf install ${packagesFor("dnf")}`,
    `Arch: pacman -S ${packagesFor("pacman")}`,
  ];
  const isDebian = /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(osRelease);
  if (!isDebian || (await processes.which("apt-get")) === undefined) return { commands: [], instructions };
  const install = [
    "apt-get",
    "install",
    "--yes",
    "--no-install-recommends",
    ...packagesFor("apt").split(" "),
  ] as const;
  return { commands: [["apt-get", "update"], [...install]], instructions };
}

/** What stands in the way on this host, each with its cure. */
export async function hostProblems(host: NspawnHost, cluster: Cluster): Promise<readonly Problem[]> {
  if (host.platform !== "linux") return [notLinux(host.platform)];
  const comes = await boxComes(host, cluster);
  const problems = await Promise.all([
    toolProblems(host, comes),
    diskProblems(host, cluster, comes),
    kernelProblems(host.processes),
  ]);
  return problems.flat();
}

/** How the cluster gets its box. */
type BoxComes = "is there" | "built" | "unpacked";

async function boxComes(host: NspawnHost, { box, docker }: Cluster): Promise<BoxComes> {
  if (box !== undefined || (await findBox(host, docker)).ready) return "is there";
  return host.bundle === undefined ? "built" : "unpacked";
}

async function missingTools(processes: NspawnHost["processes"]): Promise<readonly Tool[]> {
  const found = await Promise.all(tools.map(({ program }) => processes.which(program)));
  return tools.filter((_, index) => found[index] === undefined);
}

async function toolProblems(host: NspawnHost, box: BoxComes): Promise<readonly Problem[]> {
  const missing = (await missingTools(host.processes)).filter(({ builds }) => !builds || box === "built");
  return missing.map(({ program, apt, dnf, pacman }) => ({
    severity: "error",
    what: `${program} is not installed`,
    why: `The package that has it: ${apt} (Debian, Ubuntu), ${dnf} (Fedora), ${pacman} (Arch)`,
    remedy: host.bundle === undefined ? "swarmlab setup" : withoutNetwork,
  }));
}

async function diskProblems(host: NspawnHost, cluster: Cluster, box: BoxComes): Promise<readonly Problem[]> {
  if (!/^[\w./ +-]+$/.test(host.home)) {
    return [
      {
        severity: "error",
        what: `${host.home} has characters that an overlay mount cannot take`,
        remedy: "Set SWARMLAB_HOME to a path of letters, digits, dots, dashes and slashes.",
      },
    ];
  }
  if (cluster.box !== undefined) return boxProblems(cluster.box);
  const disk = await statfs(await existingParent(host.home));
  const freeMiB = Math.floor((disk.bavail * disk.bsize) / 1024 / 1024);
  const neededMiB = { "is there": 0, built: boxNeedsMiB, unpacked: unpackedMiB }[box];
  return [
    ...(disk.type === overlayFsMagic ? [onOverlay(host.home)] : []),
    ...(freeMiB < neededMiB ? [diskTooSmall(host.home, freeMiB, neededMiB)] : []),
  ];
}

async function boxProblems(box: string): Promise<readonly Problem[]> {
  if (!isBoxPath(box)) return [vagrantBox(box)];
  if (await pathExists(`${box}/lib/systemd/systemd`)) return [];
  return [
    {
      severity: "error",
      what: `${box} is not a root tree with systemd`,
      where: "swarmlab.yaml: box",
      remedy: "Name a directory that holds a whole system, or leave box out and swarmlab builds one.",
    },
  ];
}

function vagrantBox(box: string): Problem {
  return {
    severity: "error",
    what: `${box} is a Vagrant box, and nspawn takes the path of a root tree`,
    where: "swarmlab.yaml: box",
    remedy:
      "Leave box out and swarmlab builds a root tree, write its path as /… or ./…, or choose a provider that uses Vagrant.",
  };
}

async function existingParent(path: string): Promise<string> {
  const found = await pathExists(path);
  return found ? path : existingParent(dirname(path));
}

function notLinux(platform: string): Problem {
  return {
    severity: "error",
    what: `nspawn machines need Linux, and this is ${platform}`,
    remedy: "Run swarmlab on a Linux computer or in a Linux VM.",
  };
}

function onOverlay(home: string): Problem {
  return {
    severity: "error",
    what: `${home} is on an overlay file system, on which no other overlay can stand`,
    why: "That is so inside most containers.",
    remedy: "Set SWARMLAB_HOME to a directory on a real disk (ext4, xfs, btrfs) or a mounted volume.",
  };
}

function diskTooSmall(home: string, freeMiB: number, neededMiB: number): Problem {
  return {
    severity: "error",
    what: `the disk of ${home} has ${freeMiB} MiB free, and the box needs ${neededMiB}`,
    remedy: "Make room, or set SWARMLAB_HOME to a directory on another disk.",
  };
}
