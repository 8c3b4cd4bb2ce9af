import { configJsonSchema } from "./schema.ts";

/** The JSON Schema of `swarmlab.yaml` that editors complete from, as the text of a file. */
export function formatJsonSchema(): string {
  const { $schema, ...rest } = configJsonSchema();
  const head = {
    $schema,
    title: "swarmlab.yaml",
    description: "A Docker Swarm of several machines on one computer.",
  };
  return `${JSON.stringify({ ...head, ...rest }, undefined, 2)}\n`;
}
