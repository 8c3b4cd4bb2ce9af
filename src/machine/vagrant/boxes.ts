import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isBoxPath } from "../../cluster/box-name.ts";
import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import { hasCode } from "../../system/files.ts";

/** A Vagrant box, by name. */
export interface Box {
  /** `owner/name`. */
  readonly name: string;
  /** Undefined: the newest. */
  readonly version?: string;
}

/** As Vagrant and Debian name it. */
export type BoxArchitecture = "amd64" | "arm64";

/**
 * Chef's boxes exist for both architectures with these providers in this version; for libvirt only up to 202508.03.0.
 * https://github.com/chef/bento CHANGELOG.md, "Builds for version 202510.26.0"
 */
const bento: Box = { name: "bento/debian-12", version: "202510.26.0" };
/** Debian's own, for amd64. https://wiki.debian.org/Teams/Cloud/VagrantBaseBoxes */
const debian: Box = { name: "debian/bookworm64", version: "12.20250126.1" };
/** Made of Debian's cloud images, for both architectures; on ARM its main user is https://github.com/ppggff/vagrant-qemu */
const cloudImage: Box = { name: "cloud-image/debian-12", version: "20250703.2162.0" };

const defaults: Readonly<Partial<Record<VagrantProviderName, Readonly<Record<BoxArchitecture, Box>>>>> = {
  virtualbox: { amd64: bento, arm64: bento },
  vmware_desktop: { amd64: bento, arm64: bento },
  parallels: { amd64: bento, arm64: bento },
  libvirt: { amd64: debian, arm64: cloudImage },
};

/** How Vagrant writes the slash of a box's name in a directory's. */
const slash = "-VAGRANTSLASH-";
const bakedOwner = "swarmlab";

/** The architecture of boxes for a computer's, as Node names that; undefined: there are no boxes for it. */
export function boxArchitecture(architecture: string): BoxArchitecture | undefined {
  return architecture === "x64" ? "amd64" : architecture === "arm64" ? "arm64" : undefined;
}

/**
 * What the machines start from: the cluster's own box; else one that was baked here from the default; else the default.
 * Undefined: no maintained box exists for this provider and architecture.
 */
export function resolveBox(options: {
  readonly provider: VagrantProviderName;
  /** As Node names it. */
  readonly architecture: string;
  readonly cluster: Pick<Cluster, "box" | "boxVersion">;
  /** From `findBakedBoxes`. */
  readonly bakedBoxes: readonly string[];
}): Box | undefined {
  const { box, boxVersion } = options.cluster;
  if (box !== undefined && !isBoxPath(box))
    return { name: box, ...(boxVersion === undefined ? {} : { version: boxVersion }) };
  const base = defaultBox(options.provider, options.architecture);
  const baked = base === undefined ? undefined : bakedBoxName(base);
  return baked !== undefined && options.bakedBoxes.includes(baked) ? { name: baked } : base;
}

/** The maintained box; undefined: there is none. */
export function defaultBox(provider: VagrantProviderName, architecture: string): Box | undefined {
  const known = boxArchitecture(architecture);
  return known === undefined ? undefined : defaults[provider]?.[known];
}

/** The name under which a box baked from this one is added to Vagrant. */
export function bakedBoxName({ name, version }: Box): string {
  return [`${bakedOwner}/${name.replace("/", "-")}`, ...(version === undefined ? [] : [version])].join("-");
}

/** Names of the boxes in Vagrant's home (`vagrantHome`) that were baked here and can be used with the provider. */
export async function findBakedBoxes(
  home: string,
  provider: VagrantProviderName,
): Promise<readonly string[]> {
  const boxes = join(home, "boxes");
  const baked = (await entriesOf(boxes)).filter((entry) => entry.startsWith(`${bakedOwner}${slash}`));
  const usable = await Promise.all(baked.map((entry) => isFor(join(boxes, entry), provider)));
  return baked.filter((_, index) => usable[index]).map((entry) => entry.replace(slash, "/"));
}

/** Below a box are its versions, in them its providers; since Vagrant 2.4 an architecture stands between. */
async function isFor(directory: string, provider: string): Promise<boolean> {
  const versions = await entriesOf(directory);
  const inside = await Promise.all(versions.map((version) => entriesOf(join(directory, version))));
  if (inside.flat().includes(provider)) return true;
  const deeper = await Promise.all(
    versions.flatMap((version, index) =>
      (inside[index] ?? []).map((architecture) => entriesOf(join(directory, version, architecture))),
    ),
  );
  return deeper.flat().includes(provider);
}

async function entriesOf(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
