import { maxPrefix, roomForWorkers } from "./addresses.ts";
import { closest } from "./closest.ts";
import { asksFor, type Counts, countsOf, highestOf, isWithin, namesOf } from "./counts.ts";
import { daemonByMachineKey } from "./daemon-layers.ts";
import type { Finding } from "./finding.ts";
import { machineNames, parseMachineName } from "./machine-name.ts";
import { subnetOf, widerSubnet } from "./network-rules.ts";
import type { Rule } from "./rule.ts";
import type { ConfigValues } from "./schema.ts";
import type { Path } from "./values.ts";

/** How many machines there are and what they are called. */
export const machineRules: readonly Rule[] = [
  { reads: [["managers"], ["hosts"], ["without"]], check: evenManagers },
  { reads: [["managers"], ["hosts"], ["without"]], check: manyManagers },
  { reads: [["managers"], ["without"]], check: noManagerLeft },
  { reads: [["workers"], ["subnet"]], check: tooManyWorkers },
  { reads: [["managers"], ["workers"], ["without"]], check: nobodyLeftOut },
  { reads: [["managers"], ["workers"], ["hosts"], ["without"]], check: namesOfNobody },
];

/** Where the number of managers stands. */
const placeOfManagers = ({ provider }: ConfigValues): Pick<Finding, "path" | "at"> =>
  provider === "hosts" ? { path: ["hosts"], at: "key" } : { path: ["managers"], at: "value" };

function evenManagers(values: ConfigValues): readonly Finding[] {
  const { managers } = countsOf(values);
  // None at all is told by rules of its own.
  if (managers % 2 === 1 || managers === 0) return [];
  return [
    {
      severity: "warning",
      ...placeOfManagers(values),
      what: `${managers} managers survive the loss of ${mayFail(managers)}, no more than ${managers - 1} would`,
      why: `a swarm works while more than half of its managers do\n${quorumTable(managers)}`,
      remedy: `Use ${managers - 1} or ${managers + 1} managers.`,
    },
  ];
}

const mayFail = (managers: number) => Math.floor((managers - 1) / 2);

function quorumTable(managers: number): string {
  const counts = [1, 2, 3, 4, 5, 6, 7, managers].filter((count, index) => index < 7 || count > 7);
  const row = (cells: readonly (number | string)[]) =>
    cells.map((cell) => String(cell).padStart(8)).join("  ");
  const rows = counts.map((count) => row([count, count - mayFail(count), mayFail(count)]));
  return [row(["managers", "quorum", "may fail"]), ...rows].join("\n");
}

/** Seven is the most that https://docs.docker.com/engine/swarm/admin_guide/ recommends. */
function manyManagers(values: ConfigValues): readonly Finding[] {
  const { managers } = countsOf(values);
  if (managers <= 7) return [];
  return [
    {
      severity: "warning",
      ...placeOfManagers(values),
      what: `${managers} managers are more than the 7 that Docker recommends at most`,
      why: "most managers must agree on every change, so each one more makes the swarm slower",
      remedy: "Use 3, 5 or 7 managers, and workers for the tasks.",
    },
  ];
}

function noManagerLeft(values: ConfigValues): readonly Finding[] {
  if (values.provider === "hosts" || countsOf(values).managers > 0) return [];
  return [
    {
      severity: "error",
      path: ["without"],
      at: "key",
      what: "without leaves out every manager",
      why: "a swarm has at least one",
      remedy: "Raise managers, or take one of them out of without.",
    },
  ];
}

/** A machine that only a flag leaves out may be named in the file. */
function nobodyLeftOut(values: ConfigValues, written: ConfigValues): readonly Finding[] {
  if (values.provider === "hosts") return [];
  const highest = [highestOf(values), highestOf(written)];
  return (values.without ?? []).flatMap((name, index): readonly Finding[] =>
    highest.some((counts) => isWithin(name, counts))
      ? []
      : [
          {
            severity: "error",
            path: ["without", index],
            at: "value",
            what: `without names ${name}, and counting does not come so far`,
            why: `managers is ${highestOf(written).managers}, and workers is ${highestOf(written).workers}`,
            remedy: `Take ${name} out of without.`,
          },
        ],
  );
}

function tooManyWorkers(values: ConfigValues): readonly Finding[] {
  if (values.provider === "hosts") return [];
  const { text, subnet } = subnetOf(values);
  const { workers } = highestOf(values);
  const room = roomForWorkers(subnet);
  // A subnet too small for anything is told by its own rule.
  if (workers <= room || subnet.prefix > maxPrefix) return [];
  const wider = widerSubnet(values);
  const fewer = `Use at most ${room} workers`;
  return [
    {
      severity: "error",
      path: ["workers"],
      at: "value",
      what: `${workers} workers do not fit into the subnet ${text}, which has room for ${room}`,
      remedy: wider ? `${fewer}, or a larger subnet: ${wider}.` : `${fewer}.`,
    },
  ];
}

/** What stands in the file for machines that only a flag leaves out is kept there. */
function namesOfNobody(values: ConfigValues, written: ConfigValues): readonly Finding[] {
  const asked: Asked = { values: [values, written], highest: highestOfBoth(values, written) };
  const finding = (its: { readonly path: Path; readonly name: string; readonly of: string }): Finding => ({
    severity: "error",
    path: [...its.path, its.name],
    at: "key",
    what: `${its.of} for "${its.name}", but there is no such machine`,
    why: `the machines are ${formatMachines(asked)}`,
    remedy: remedyForUnknown(its, asked),
  });
  const daemons = values.docker["daemon-by-machine"];
  return [
    ...Object.keys(values.labels).map((name) => ({ path: ["labels"], name, of: "labels" })),
    ...Object.keys(daemons).map((name) => ({ path: daemonByMachineKey, name, of: "daemon options" })),
  ].flatMap((its) => (exists(its.name, asked) ? [] : [finding(its)]));
}

/** The machines of the file, and of the file with the flags in place of its numbers. */
interface Asked {
  readonly values: readonly [ConfigValues, ConfigValues];
  readonly highest: Counts;
}

function highestOfBoth(values: ConfigValues, written: ConfigValues): Counts {
  const [counted, inFile] = [highestOf(values), highestOf(written)];
  return {
    managers: Math.max(counted.managers, inFile.managers),
    workers: Math.max(counted.workers, inFile.workers),
  };
}

const exists = (name: string, { values }: Asked): boolean => values.some((each) => asksFor(each, name));

function formatMachines({ values: [values], highest: { managers, workers } }: Asked): string {
  if (values.provider === "hosts") return namesOf(values).join(", ");
  const ofManagers = managers === 1 ? "manager" : `manager to manager${managers}`;
  const ofWorkers = workers === 0 ? "" : `, ${workers === 1 ? "node1" : `node1 to node${workers}`}`;
  const { without = [] } = values;
  return `${ofManagers}${ofWorkers}${without.length === 0 ? "" : `, without ${without.join(", ")}`}`;
}

function remedyForUnknown(
  { name, of }: { readonly name: string; readonly of: string },
  asked: Asked,
): string {
  const { values, highest } = asked;
  const [{ provider, without }] = values;
  if (without?.includes(name) === true) return `Remove these ${of}, or take ${name} out of without.`;
  const id = parseMachineName(name);
  // A hundred names are enough to recognise a misspelt one.
  const known = machineNames({ ...highest, workers: Math.min(highest.workers, 100) });
  const suggestion = closest(
    name,
    known.filter((each) => exists(each, asked)),
  );
  const raise =
    id && (provider === "hosts" ? `List ${name} under hosts` : `Set ${id.role}s to ${id.number} or more`);
  if (!suggestion) return `${raise ?? `Remove these ${of}`}.`;
  return raise ? `${raise}, or did you mean "${suggestion}"?` : `Did you mean "${suggestion}"?`;
}
