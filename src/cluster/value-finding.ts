import { closest } from "./closest.ts";
import { type Finding, formatPath } from "./finding.ts";
import { schemaAt } from "./schema-at.ts";
import type { Path, SchemaNode, ValueIssue } from "./values.ts";

/** What a schema issue means to the person, and what to do about it. */
export function toFinding(issue: ValueIssue, schema: SchemaNode): Finding {
  switch (issue.kind) {
    case "unknown-key":
      return unknownKey(issue, schema);
    case "empty-key":
      return emptyKey(issue.path);
    case "value":
      return wrongValue(issue, schema);
  }
}

function unknownKey(
  { path, key }: Extract<ValueIssue, { kind: "unknown-key" }>,
  schema: SchemaNode,
): Finding {
  const parent = path.slice(0, -1);
  const known = Object.keys(schemaAt(schema, parent)?.properties ?? {});
  const suggestion = closest(key, known);
  const remedy = suggestion ? `Did you mean "${suggestion}"?` : `Remove it; known here: ${known.join(", ")}.`;
  const what = parent.length === 0 ? `unknown key "${key}"` : `unknown key "${key}" in ${formatPath(parent)}`;
  return { severity: "error", path, at: "key", what, remedy };
}

function emptyKey(path: Path): Finding {
  const what = `${formatPath(path.slice(0, -1))} has an empty key`;
  return { severity: "error", path, at: "key", what, remedy: "Give the key a name, or remove it." };
}

function wrongValue(
  { path, expected, value }: Extract<ValueIssue, { kind: "value" }>,
  schema: SchemaNode,
): Finding {
  const name = formatPath(path);
  const what =
    value === null
      ? `${name} has no value; it must be ${expected}`
      : `${name} must be ${expected}, not ${formatValue(value)}`;
  return { severity: "error", path, at: "value", what, remedy: remedyFor(schemaAt(schema, path), value) };
}

function remedyFor(schema: SchemaNode | undefined, value: unknown): string {
  const choices = schema?.enum?.map(String) ?? [];
  const suggestion = typeof value === "string" ? closest(value, choices) : undefined;
  if (suggestion) return `Did you mean "${suggestion}"?`;
  const example: unknown = schema?.examples?.[0] ?? schema?.enum?.[0] ?? schema?.default;
  if (isQuotable(value) && schema?.type === "string" && example === undefined)
    return `Write "${String(value)}" with the quotes.`;
  return example === undefined
    ? "Change the value, or leave it out."
    : `Use for example ${JSON.stringify(example)}, or leave it out.`;
}

const isQuotable = (value: unknown) => typeof value === "number" || typeof value === "boolean";

/** Short enough for one line. */
function formatValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
