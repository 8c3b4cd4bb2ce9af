import { closest as nearest, distance } from "fastest-levenshtein";

/** The candidate that `word` is most likely a misspelling of, upper and lower case taken as equal; undefined when none is near. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  if (word === "" || candidates.length === 0) return undefined;
  const lower = word.toLowerCase();
  const best = nearest(
    lower,
    candidates.map((candidate) => candidate.toLowerCase()),
  );
  if (distance(lower, best) > Math.max(1, Math.floor(word.length / 3))) return undefined;
  return candidates.find((candidate) => candidate.toLowerCase() === best);
}
