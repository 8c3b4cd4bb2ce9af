import { isBoxPath } from "./box-name.ts";
import type { Finding } from "./finding.ts";
import type { Rule } from "./rule.ts";
import type { ConfigValues } from "./schema.ts";

/** What goes together with a box. */
export const boxRules: readonly Rule[] = [{ reads: [["box"], ["box-version"]], check: versionOfNothing }];

function versionOfNothing({ box, "box-version": version }: ConfigValues): readonly Finding[] {
  if (version === undefined || (box !== undefined && !isBoxPath(box))) return [];
  return [
    {
      severity: "error",
      path: ["box-version"],
      at: "key",
      what:
        box === undefined
          ? "box-version is set, and no box"
          : `box-version is set, and box is the path ${box}`,
      why: "only a Vagrant box, owner/name, has versions",
      remedy: "Remove box-version, or name its box, for example box: bento/debian-12.",
    },
  ];
}
