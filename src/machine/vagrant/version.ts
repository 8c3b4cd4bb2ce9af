/** The numbers a version begins with: `7.0.20r163906` is 7, 0, 20. Undefined: it begins with none. */
export function parseVersion(text: string): readonly number[] | undefined {
  const match = /^\d+(?:\.\d+)*/.exec(text);
  return match?.[0].split(".").map(Number);
}

/** Whether the version is this one or a later one. Missing parts count as 0, and one without numbers as the oldest. */
export function isAtLeast(version: string, other: string): boolean {
  const [own, wanted] = [parseVersion(version) ?? [], parseVersion(other) ?? []];
  const length = Math.max(own.length, wanted.length);
  const differing = Array.from({ length }, (_, index) => (own[index] ?? 0) - (wanted[index] ?? 0)).find(
    (difference) => difference !== 0,
  );
  return (differing ?? 0) >= 0;
}

/** Major and minor number: `7.0`. */
export function seriesOf(version: string): string {
  const [major = 0, minor = 0] = parseVersion(version) ?? [];
  return `${major}.${minor}`;
}
