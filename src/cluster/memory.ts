/** A number and a unit as `docker run --memory` takes them: m, MB and MiB are all 2^20 bytes, g, GB and GiB 2^30. */
export const memoryPattern = /^(\d+(?:\.\d+)?) ?(?:([mM])|([gG]))(?:i?[bB])?$/;

/** Whole MiB, rounded down; undefined when the text is no amount of memory with a unit. */
export function parseMemoryMiB(text: string): number | undefined {
  const match = memoryPattern.exec(text);
  if (!match) return undefined;
  return Math.floor(Number(match[1]) * (match[3] === undefined ? 1 : 1024));
}
