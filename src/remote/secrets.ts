/** The text with each secret replaced by `***`. */
export function blankSecrets(text: string, secrets: readonly string[] = []): string {
  const longestFirst = secrets.filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  return longestFirst.reduce((blanked, secret) => blanked.replaceAll(secret, "***"), text);
}

/** How many characters at the end of the text may be the beginning of a secret that goes on in the next chunk. */
export function secretBeginLength(text: string, secrets: readonly string[] = []): number {
  return Math.max(0, ...secrets.map((secret) => overlap(text, secret)));
}

function overlap(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
