import { ok, type Result } from "../failure.ts";
import type { Role } from "./cluster.ts";
import { defaultCounts, highestNumbers, namesOf } from "./counts.ts";
import { daemonByMachineKey } from "./daemon-layers.ts";
import { editYaml, type YamlEdit } from "./edit-yaml.ts";
import { machineName, machineNames } from "./machine-name.ts";
import { parseConfig } from "./parse-config.ts";
import { resolveCluster } from "./resolve.ts";
import type { ConfigValues } from "./schema.ts";

/**
 * The text of `swarmlab.yaml` changed so that it asks for exactly these machines; settings of those that go, go with them. A text that can be read.
 * Fails with `config` where the changed text would not be a cluster.
 */
export function changeMachines(text: string, names: readonly string[], fileName: string): Result<string> {
  const parsed = parseConfig(text, fileName);
  if (!parsed.ok) return parsed;
  const { values } = parsed.value;
  const gone = namesOf(values).filter((name) => !names.includes(name));
  const changed = editYaml(text, [
    ...(values.provider === "hosts"
      ? gone.map((name): YamlEdit => remove("hosts", name))
      : numbers(values, names)),
    ...gone.flatMap((name): readonly YamlEdit[] => [
      remove("labels", name),
      remove(...daemonByMachineKey, name),
    ]),
  ]);
  const reread = parseConfig(changed, fileName);
  if (!reread.ok) return reread;
  const resolved = resolveCluster(reread.value, {});
  return resolved.ok ? ok(changed) : resolved;
}

/** The names of the next machines of a role: those with the lowest numbers that are not taken. */
export function freeNames(
  taken: readonly string[],
  { role, count }: { readonly role: Role; readonly count: number },
): readonly string[] {
  const numbers = Array.from({ length: taken.length + count }, (_, index) => index + 1);
  return numbers
    .map((number) => machineName({ role, number }))
    .filter((name) => !taken.includes(name))
    .slice(0, count);
}

const remove = (...path: YamlEdit["path"]): YamlEdit => ({ path, value: undefined });

/** Numbers up to the highest one that is there, and what is left out below it. */
function numbers(values: ConfigValues, names: readonly string[]): readonly YamlEdit[] {
  const { managers, workers } = highestNumbers(names);
  const without = machineNames({ managers, workers }).filter((name) => !names.includes(name));
  const below = ["managers", "workers"];
  return [
    ...(managers === (values.managers ?? defaultCounts.managers)
      ? []
      : [{ path: ["managers"], value: managers, below }]),
    ...(workers === (values.workers ?? defaultCounts.workers)
      ? []
      : [{ path: ["workers"], value: workers, below }]),
    ...(without.join() === (values.without ?? []).join()
      ? []
      : [{ path: ["without"], value: without.length === 0 ? undefined : without, below }]),
  ];
}
