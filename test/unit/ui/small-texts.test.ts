import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askSecret, confirm } from "../../../src/ui/ask.ts";
import { formatElapsed } from "../../../src/ui/elapsed.ts";
import { wrap } from "../../../src/ui/wrap.ts";

const ask = (answer: string): Promise<boolean> => {
  const input = new PassThrough();
  input.end(answer);
  return confirm({ question: "Destroy demo?", input, output: new PassThrough() });
};

describe("confirm", () => {
  it.each(["y\n", "yes\n", " YES \n", "y"])("takes %j for yes", async (answer) => {
    expect(await ask(answer)).toBe(true);
  });

  it.each(["", "\n", "n\n", "yep\n"])("takes %j for no", async (answer) => {
    expect(await ask(answer)).toBe(false);
  });

  it("takes Ctrl-C on a terminal for no", async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = Object.assign(new PassThrough(), { isTTY: true });
    const answer = confirm({ question: "Destroy demo?", input, output });
    input.write("\u0003");
    expect(await answer).toBe(false);
  });
});

describe("askSecret", () => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true });

  it("takes what is typed, corrections included, and shows none of it", async () => {
    const [input, output] = [terminal(), new PassThrough()];
    const answer = askSecret({ question: "Password", input, output });
    input.write("horsf\u007Fe 1\r");
    expect(await answer).toBe("horse 1");
    expect(String(output.read())).toBe("Password: \n");
  });

  it.each(["\u0003", "\u0004"])("takes %j for no answer", async (key) => {
    const [input, output] = [terminal(), new PassThrough()];
    const answer = askSecret({ question: "Password", input, output });
    input.write(key);
    expect(await answer).toBeUndefined();
  });
});

describe("formatElapsed", () => {
  it.each([
    [0, "0.0 s"],
    [9_960, "10 s"],
    [59_600, "1 min 0 s"],
    [125_000, "2 min 5 s"],
    [3_780_000, "1 h 3 min"],
  ])("%d ms: %s", (elapsedMs, text) => {
    expect(formatElapsed(elapsedMs)).toBe(text);
  });
});

describe("wrap", () => {
  it("keeps all words in order, in lines that fit", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 40 }), (all, width) => {
        const lines = wrap(all.join(" "), width);
        expect(lines.join(" ")).toBe(all.join(" "));
        expect(lines.every((line) => line.length <= width)).toBe(true);
      }),
    );
  });
});
