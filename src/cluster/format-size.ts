const units = ["kB", "MB", "GB", "TB"] as const;

/** Bytes as the docker CLI shows them: units of 1000, three digits. `15.3 MB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power - 1] ?? ""}`;
}
