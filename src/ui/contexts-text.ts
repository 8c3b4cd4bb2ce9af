import type { ContextsReport } from "../app/docker-contexts.ts";
import type { TextOptions } from "./failure-text.ts";
import { formatTable } from "./table.ts";

/** What `context` prints. Ends with a line break. */
export function formatContexts({ contexts, cliFound }: ContextsReport, { columns }: TextOptions): string {
  if (contexts.length === 0) return "There are no Docker contexts of this cluster.\n";
  const rows = contexts.map(({ name, host = "-", change }) => [name, host, change]);
  const table = formatTable({ head: ["CONTEXT", "DOCKER API", ""], rows, columns });
  const first = contexts.find(({ change }) => change !== "removed")?.name;
  if (first === undefined) return table;
  const next = cliFound
    ? `docker --context ${first} node ls`
    : "there is no docker CLI on this computer; other clients take swarmlab env";
  return `${table}\nNext: ${next}\n`;
}
