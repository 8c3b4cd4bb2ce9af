import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteArgv } from "../../src/remote/shell-quote.ts";

/** What sh makes of the words, each followed by a NUL byte. */
const throughShell = (words: readonly string[]): string =>
  execFileSync("sh", ["-c", `printf '%s\\0' ${quoteArgv(words)}`], { encoding: "utf8" });

describe("quoteArgv", () => {
  it("gives the shell back every word unchanged", () => {
    const character = fc.oneof(
      fc.constantFrom("'", '"', "\\", "$", "`", " ", "\n", "*", "!", "~", "#", ";", "&", "="),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }).filter((unit) => unit !== "\0"),
    );
    const words = fc.array(
      fc.array(character, { maxLength: 12 }).map((units) => units.join("")),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(words, (argv) => {
        expect(throughShell(argv)).toBe(argv.map((word) => `${word}\0`).join(""));
      }),
      { numRuns: 150 },
    );
  });

  it("leaves no word that the shell would take for syntax", () => {
    expect(quoteArgv(["if", "A=1"])).toBe("'if' 'A=1'");
  });
});
