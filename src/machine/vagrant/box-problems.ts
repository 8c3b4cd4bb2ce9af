import { isBoxPath } from "../../cluster/box-name.ts";
import type { Cluster, VagrantProviderName } from "../../cluster/cluster.ts";
import type { Problem } from "../../failure.ts";
import type { ComputerFacts } from "../../system/computer-facts.ts";
import { boxArchitecture, defaultBox } from "./boxes.ts";

/** Words in a box's name that tell its architecture. */
const words: readonly (readonly [RegExp, "amd64" | "arm64"])[] = [
  [/(?:^|[-_./])(?:amd64|x86[-_]64|x64)(?=$|[-_./])/i, "amd64"],
  [/(?:^|[-_./])(?:arm64|aarch64)(?=$|[-_./])/i, "arm64"],
];

/** Whether there is a box that this provider can start on this computer. */
export function boxProblems(
  { architecture }: Pick<ComputerFacts, "architecture">,
  provider: VagrantProviderName,
  { box }: Pick<Cluster, "box">,
): readonly Problem[] {
  if (box === undefined)
    // Hyper-V is refused for another reason.
    return defaultBox(provider, architecture) || provider === "hyperv"
      ? []
      : [noDefault(provider, architecture)];
  if (isBoxPath(box)) return [rootTree(box, provider, architecture)];
  const named = words.find(([pattern]) => pattern.test(box))?.[1];
  return named === undefined || named === boxArchitecture(architecture)
    ? []
    : [foreign(box, named, architecture)];
}

function noDefault(provider: string, architecture: string): Problem {
  return {
    severity: "error",
    what: `swarmlab knows no box for ${provider} on ${architecture}`,
    where: "swarmlab.yaml: box",
    remedy: "Name one that has Debian or Ubuntu in it: box: owner/name",
  };
}

function rootTree(box: string, provider: VagrantProviderName, architecture: string): Problem {
  const { name } = defaultBox(provider, architecture) ?? { name: "owner/name" };
  return {
    severity: "error",
    what: `${box} is the path of a root tree, and ${provider} takes a Vagrant box`,
    where: "swarmlab.yaml: box",
    why: "Only nspawn starts machines from a root tree.",
    remedy: `Leave box out, or write the name of a box: box: ${name}`,
  };
}

function foreign(box: string, named: string, architecture: string): Problem {
  return {
    severity: "error",
    what: `${box} is a box for ${named}, and this computer is ${boxArchitecture(architecture) ?? architecture}`,
    where: "swarmlab.yaml: box",
    why: "A VM has the architecture of the computer it runs on.",
    remedy: "Leave box out, or name a box for this architecture.",
  };
}
