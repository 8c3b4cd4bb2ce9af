import type { Path, SchemaNode } from "./values.ts";

/** The schema of the value that a path leads to; undefined where no key leads there. */
export function schemaAt(schema: SchemaNode, path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, part) => {
    const child: unknown = node?.properties?.[part] ?? node?.items ?? node?.additionalProperties;
    return isNode(child) ? child : undefined;
  }, schema);
}

function isNode(schema: unknown): schema is SchemaNode {
  return typeof schema === "object" && schema !== null && !Array.isArray(schema);
}
