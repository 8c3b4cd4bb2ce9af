const secondsIn = { h: 3600, m: 60, s: 1 } as const;

/** Seconds of a duration such as `90`, `90s`, `5m`, `1h30m`; undefined: it is none, or nothing at all. */
export function parseDuration(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) || undefined;
  const match = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/.exec(text);
  const [, hours = "0", minutes = "0", seconds = "0"] = match ?? [];
  return Number(hours) * secondsIn.h + Number(minutes) * secondsIn.m + Number(seconds) || undefined;
}

/** Seconds of a duration that may have a sign in front. */
export function parseSignedDuration(text: string): number | undefined {
  const seconds = parseDuration(text.replace(/^[+-]/, ""));
  return seconds !== undefined && text.startsWith("-") ? -seconds : seconds;
}

/** A duration as `parseDuration` reads it: `1h30m`. */
export function formatDuration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / secondsIn.h), "h"],
    [Math.floor((seconds % secondsIn.h) / secondsIn.m), "m"],
    [seconds % secondsIn.m, "s"],
  ] as const;
  return parts.map(([count, unit]) => (count === 0 ? "" : `${count}${unit}`)).join("");
}

const kbitIn = { kbit: 1, mbit: 1000, gbit: 1_000_000 } as const;

/** A rate such as `512kbit`, `1mbit` in kbit a second, in the units of tc(8); undefined: it is none. */
export function parseRate(text: string): number | undefined {
  const match = /^(\d{1,6})(kbit|mbit|gbit)$/.exec(text);
  const unit = Object.entries(kbitIn).find(([name]) => name === match?.[2])?.[1];
  return unit === undefined ? undefined : Number(match?.[1]) * unit || undefined;
}

/** A rate as `parseRate` reads it. */
export function formatRate(kbit: number): string {
  if (kbit % kbitIn.gbit === 0) return `${kbit / kbitIn.gbit}gbit`;
  return kbit % kbitIn.mbit === 0 ? `${kbit / kbitIn.mbit}mbit` : `${kbit}kbit`;
}
