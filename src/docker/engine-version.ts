/** First engine with Swarm mode, and with `dockerd` as a program of its own. */
export const swarmModeVersion = "1.12";

/** Whether an engine's version (`1.9.1`, `20.10.24+dfsg1`) is before another; one that is no number (`dev`) is before none. */
export function isVersionBefore(version: string, other: string): boolean {
  const [numbers, others] = [numbersOf(version), numbersOf(other)];
  const index = others.findIndex((number, place) => (numbers[place] ?? 0) !== number);
  return numbers.length > 0 && index >= 0 && (numbers[index] ?? 0) < (others[index] ?? 0);
}

/** Whether a version is the one that was asked for, or goes on where that ends: `20.10.24+dfsg1` for `20.10`, not `20.101`. */
export function versionBeginsWith(version: string, wanted: string): boolean {
  return version.startsWith(wanted) && !/^[\da-z]/i.test(version.slice(wanted.length));
}

function numbersOf(version: string): readonly number[] {
  return (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? "").split(".").filter(Boolean).map(Number);
}
