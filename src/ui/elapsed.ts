/** A duration for people: `0.4 s`, `12 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatElapsed(elapsedMs: number): string {
  if (elapsedMs < 9_950) return `${(elapsedMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(elapsedMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
