/**
 * The command line that a POSIX shell splits back into exactly `argv`; SSH carries command lines, never argv.
 * Every word is quoted: a bare `if` or `A=1` in front would not be a command.
 */
export const quoteArgv = (argv: readonly string[]): string => argv.map(quote).join(" ");

/** The same as a person would type it: only words that need it are quoted. */
export const typedArgv = (argv: readonly string[]): string =>
  argv.map((word) => (/^[\w./=:,@+-]+$/.test(word) ? word : quote(word))).join(" ");

const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
