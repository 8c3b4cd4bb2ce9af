import { maxPrefix, roomForWorkers } from "./addresses.ts";
import { closest } from "./closest.ts";
import { type Counts, countsOf } from "./counts.ts";
import { daemonByMachineKey } from "./daemon-layers.ts";
import type { Finding } from "./finding.ts";
import { machineNames, parseMachineName } from "./machine-name.ts";
import { subnetOf, widerSubnet } from "./network-rules.ts";
import type { Rule } from "./rule.ts";
import type { ConfigValues } from "./schema.ts";
import type { Path } from "./values.ts";

/** How many machines there are and what they are called. */
export const machineRules: readonly Rule[] = [
  { reads: [["managers"], ["hosts"]], check: evenManagers },
  { reads: [["managers"], ["hosts"]], check: manyManagers },
  { reads: [["workers"], ["subnet"]], check: tooManyWorkers },
  { reads: [["managers"], ["workers"], ["hosts"]], check: namesOfNobody },
];

/** Where the number of managers stands. */
const placeOfManagers = ({ provider }: ConfigValues): Pick<Finding, "path" | "at"> =>
  provider === "hosts" ? { path: ["hosts"], at: "key" } : { path: ["managers"], at: "value" };

function evenManagers(values: ConfigValues): readonly Finding[] {
  const { managers } = countsOf(values);
  // None at all is told by the rules for hosts.
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

function tooManyWorkers(values: ConfigValues): readonly Finding[] {
  if (values.provider === "hosts") return [];
  const { text, subnet } = subnetOf(values);
  const { workers } = countsOf(values);
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
  const [counted, inFile] = [countsOf(values), countsOf(written)];
  const counts: Counts = {
    managers: Math.max(counted.managers, inFile.managers),
    workers: Math.max(counted.workers, inFile.workers),
  };
  const isListed = values.provider === "hosts";
  const finding = (its: { readonly path: Path; readonly name: string; readonly of: string }): Finding => ({
    severity: "error",
    path: [...its.path, its.name],
    at: "key",
    what: `${its.of} for "${its.name}", but there is no such machine`,
    why: `the machines are ${formatMachines(counts)}`,
    remedy: remedyForUnknown(its.name, { counts, isListed, of: its.of }),
  });
  const daemons = values.docker["daemon-by-machine"];
  return [
    ...Object.keys(values.labels).map((name) => ({ path: ["labels"], name, of: "labels" })),
    ...Object.keys(daemons).map((name) => ({ path: daemonByMachineKey, name, of: "daemon options" })),
  ].flatMap((its) => (exists(its.name, counts) ? [] : [finding(its)]));
}

function exists(name: string, counts: Counts): boolean {
  const id = parseMachineName(name);
  return id !== undefined && id.number <= counts[`${id.role}s`];
}

function formatMachines({ managers, workers }: Counts): string {
  const ofManagers = managers === 1 ? "manager" : `manager to manager${managers}`;
  if (workers === 0) return ofManagers;
  return `${ofManagers}, ${workers === 1 ? "node1" : `node1 to node${workers}`}`;
}

function remedyForUnknown(
  name: string,
  { counts, isListed, of }: { readonly counts: Counts; readonly isListed: boolean; readonly of: string },
): string {
  const id = parseMachineName(name);
  // A hundred names are enough to recognise a misspelt one.
  const known = machineNames({ ...counts, workers: Math.min(counts.workers, 100) });
  const suggestion = closest(name, known);
  const raise = id && (isListed ? `List ${name} under hosts` : `Set ${id.role}s to ${id.number} or more`);
  if (!suggestion) return `${raise ?? `Remove these ${of}`}.`;
  return raise ? `${raise}, or did you mean "${suggestion}"?` : `Did you mean "${suggestion}"?`;
}
