import { createInterface } from "node:readline";
import { Writable } from "node:stream";

export interface AskOptions {
  readonly question: string;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Asks; `true` for `y` or `yes` only. The end of the input and Ctrl-C mean no. The choice of answers is added to the question. */
export async function confirm({ question, ...streams }: AskOptions): Promise<boolean> {
  const answer = await askLine({ question: `${question} [y/N]`, ...streams });
  return /^y(es)?$/i.test(answer?.trim() ?? "");
}

/** Asks for one line; undefined at the end of the input and at Ctrl-C. */
export function askLine({ question, input, output }: AskOptions): Promise<string | undefined> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    lines.once("close", () => resolve(undefined));
    // Not `question`: it does not see a last line without a line break.
    lines.once("line", (answer) => {
      resolve(answer);
      lines.close();
    });
    lines.setPrompt(`${question} `);
    lines.prompt();
  });
}

/** As `askLine`, with the answer unseen. */
export async function askSecret({ question, input, output }: AskOptions): Promise<string | undefined> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  output.write(`${question}: `);
  const lines = createInterface({ input, output: unseen, terminal: true });
  try {
    return await new Promise((resolve) => {
      lines.once("close", () => resolve(undefined));
      lines.once("line", resolve);
    });
  } finally {
    lines.close();
    output.write("\n");
  }
}
