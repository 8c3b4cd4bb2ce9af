import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutputText } from "../../src/remote/output-text.ts";

function through(
  chunks: readonly Uint8Array[],
  options: { limitBytes?: number; secrets?: readonly string[] },
): OutputText & { all: string } {
  const output = new OutputText({ limitBytes: Infinity, ...options });
  const all = [...chunks.map((chunk) => output.push(chunk)), output.end()].join("");
  return Object.assign(output, { all });
}

const pieces = (text: string, size: number): readonly Uint8Array[] => {
  const bytes = new TextEncoder().encode(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
};

describe("OutputText", () => {
  it("gives the same text however it is cut, with every secret blanked", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "ab", "ü", "😀", "aab"), { maxLength: 30 })
      .map((parts) => parts.join(""));
    const secret = fc.constantFrom("aab", "abab", "ü", "a😀b", "aa");
    fc.assert(
      fc.property(text, secret, fc.integer({ min: 1, max: 5 }), (whole, hidden, size) => {
        expect(through(pieces(whole, size), { secrets: [hidden] }).all).toBe(whole.replaceAll(hidden, "***"));
      }),
    );
  });

  it("holds text back only while it may become a secret", () => {
    const output = new OutputText({ limitBytes: Infinity, secrets: ["secret"] });
    expect(output.push(Buffer.from("a sec"))).toBe("a ");
    expect(output.push(Buffer.from("ond"))).toBe("second");
    expect(output.push(Buffer.from(" sec"))).toBe(" ");
    expect(output.end()).toBe("sec");
  });

  it("cuts at the limit, and shows neither half a character nor half a secret", () => {
    expect(through(pieces("aü", 5), { limitBytes: 2 })).toMatchObject({ all: "a", truncated: true });
    expect(through(pieces("a secret", 3), { limitBytes: 6, secrets: ["secret"] }).all).toBe("a ");
    expect(through(pieces("abc", 2), { limitBytes: 3 })).toMatchObject({ all: "abc", truncated: false });
  });

  it("blanks the longer of two secrets that begin alike, and heeds no empty one", () => {
    expect(through(pieces("x abcdef y", 100), { secrets: ["abc", "abcdef", ""] }).all).toBe("x *** y");
  });
});
