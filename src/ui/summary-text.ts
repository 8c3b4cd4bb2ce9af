import type { MachineReport, StatusReport } from "../app/status-report.ts";
import { formatFaultTable } from "./fault-text.ts";
import type { TextOptions } from "./failure-text.ts";
import { createPaint } from "./paint.ts";
import { formatTable } from "./table.ts";

/** The table that `up` and `status` end with. Ends with a line break. */
export function formatSummary(status: StatusReport, { columns, color }: TextOptions): string {
  const paint = createPaint(color);
  const facts = [status.provider, status.subnet ?? "", readiness(status)].filter(Boolean).join(", ");
  const table = formatTable({ head, rows: status.machines.map(rowOf), columns });
  const faults = status.faults.length === 0 ? "" : `\n${formatFaultTable(status.faults, { columns })}`;
  return `${paint("bold", status.name)}: ${facts}\n\n${table}${faults}`;
}

/** What a person may want to do after `up`. Ends with a line break. */
export function formatNextCommands(): string {
  const table = formatTable({ head: ["Next:", ""], rows: nextCommands, columns: Infinity });
  return table.replaceAll(/^(?=swarmlab)/gm, "  ");
}

const head = ["NAME", "ROLE", "STATE", "ADDRESS", "DOCKER", "SWARM", "STATUS"];

const nextCommands = [
  ["swarmlab status", "machines, daemons and nodes"],
  ["swarmlab ssh manager", "a shell on the manager: try docker node ls"],
  ["swarmlab lab list", "exercises that check themselves"],
  ["swarmlab destroy", "take everything away again"],
];

function readiness({ swarm, machines }: StatusReport): string {
  if (swarm.id === null) return "no swarm answers";
  const troubled = swarm.healthy ? "" : ", not healthy";
  return `${swarm.ready} of ${machines.length} nodes ready${troubled}`;
}

function rowOf({ name, role, state, address, docker, swarm }: MachineReport): readonly string[] {
  return [name, role, state, address ?? "-", docker?.version ?? "-", membership(swarm), swarm?.status ?? "-"];
}

/** `leader`, `manager`, `worker`, or why it is neither; with the availability unless that is `active`. */
function membership(node: MachineReport["swarm"]): string {
  if (node === null) return "-";
  if (node.role === null) return node.state;
  const role = node.leader === true ? "leader" : node.role;
  return node.availability === null || node.availability === "active"
    ? role
    : `${role}, ${node.availability}`;
}
