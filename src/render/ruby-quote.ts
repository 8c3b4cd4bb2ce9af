/** A Ruby string literal with this content, in double quotes and without interpolation. UTF-8 stays as it is. */
export function rubyQuote(text: string): string {
  return `"${text.replaceAll(/[\\"]|#(?=[{$@])/g, "\\$&").replaceAll(controls, escapeControl)}"`;
}

/** Control characters, and those that end a line for some editors. */
const controls = /[\p{Cc}\u2028\u2029\ufeff]/gu;

function escapeControl(character: string): string {
  const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
