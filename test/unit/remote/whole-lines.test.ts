import fc from "fast-check";
import { expect, it } from "vitest";
import { WholeLines } from "../../../src/remote/whole-lines.ts";

it("gives each line once and whole, however the text is cut", () => {
  const piece = fc.constantFrom("a", "bc", "\n", "d\ne", "");
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const lines = new WholeLines();
      const whole = pieces.flatMap((each) => lines.push(each));
      const text = pieces.join("");
      expect(whole.map((line) => `${line}\n`).join("")).toBe(text.slice(0, text.lastIndexOf("\n") + 1));
      expect(lines.end()).toEqual(text === "" || text.endsWith("\n") ? [] : [text.split("\n").at(-1)]);
    }),
  );
});
