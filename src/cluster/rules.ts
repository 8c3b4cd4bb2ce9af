import { boxRules } from "./box-rules.ts";
import { daemonRules } from "./daemon-rules.ts";
import type { Finding } from "./finding.ts";
import { hostRules } from "./host-rules.ts";
import { machineRules } from "./machine-rules.ts";
import { networkRules } from "./network-rules.ts";
import type { Rule } from "./rule.ts";
import type { ConfigValues } from "./schema.ts";
import type { Path } from "./values.ts";

/** What the rules find, except those that read something in `unreadable`. */
export function checkRules(options: {
  readonly values: ConfigValues;
  readonly written: ConfigValues;
  readonly unreadable?: readonly Path[];
}): readonly Finding[] {
  const unreadable = options.unreadable ?? [];
  const rules: readonly Rule[] = [
    ...machineRules,
    ...hostRules,
    ...networkRules,
    ...daemonRules,
    ...boxRules,
  ];
  return rules
    .filter((rule) => !rule.reads.some((read) => unreadable.some((path) => isSameOrInside(path, read))))
    .flatMap((rule) => rule.check(options.values, options.written));
}

/** Whether one of the paths leads through the other. */
function isSameOrInside(a: Path, b: Path): boolean {
  return a.every((part, index) => index >= b.length || part === b[index]);
}
