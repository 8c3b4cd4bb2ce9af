import { configJsonSchema, type Path, type SchemaNode } from "./schema.ts";

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

/** The schema of the value that a path leads to; undefined where no key leads there. */
export function schemaAt(path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, part) => {
    const child: unknown = node?.properties?.[part] ?? node?.items ?? node?.additionalProperties;
    return isNode(child) ? child : undefined;
  }, configJsonSchema());
}

function isNode(schema: unknown): schema is SchemaNode {
  return typeof schema === "object" && schema !== null && !Array.isArray(schema);
}
