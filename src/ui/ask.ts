import { createInterface } from "node:readline";

export interface ConfirmOptions {
  /** Without the choice of answers: that is added. */
  readonly question: string;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Asks; `true` for `y` or `yes` only. The end of the input and Ctrl-C mean no. */
export function confirm({ question, input, output }: ConfirmOptions): Promise<boolean> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    lines.once("close", () => resolve(false));
    // Not `question`: it does not see a last line without a line break.
    lines.once("line", (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      lines.close();
    });
    lines.setPrompt(`${question} [y/N] `);
    lines.prompt();
  });
}
