/** A value in one short line. */
export function showJson(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = typeof value === "string" ? value.trimEnd() : JSON.stringify(value);
  const line = text.replaceAll(/\s*\n\s*/g, " / ");
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
