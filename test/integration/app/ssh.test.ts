import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { runSession } from "../../../src/app/ssh.ts";
import type { Context, Terminal } from "../../../src/context.ts";
import { connectTo } from "../../support/remote-fixtures.ts";
import { startSshServer } from "../../support/ssh-server.ts";

/** A shell on a test server, fed with `input`, by a person at a terminal or not. */
async function shellWith(input: string, isTerminal: boolean) {
  await using server = await startSshServer();
  await using remote = await connectTo(server);
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const raw: boolean[] = [];
  const terminal: Terminal = {
    input: Readable.from([input]),
    output,
    errors,
    takesKeys: isTerminal,
    interactive: isTerminal,
    type: "xterm",
    size: () => ({ columns: 100, rows: 30 }),
    onResize: () => () => undefined,
    setRaw: (on) => raw.push(on),
  };
  const { signal } = new AbortController();
  const exitCode = await runSession({ terminal, signal } as unknown as Context, { remote, command: [] });
  output.end();
  errors.end();
  const { windows } = server.seen;
  return { exitCode, output: await text(output), errors: await text(errors), windows, raw };
}

describe("a login shell", () => {
  it("ends with its input where that is no terminal: it gets none on the machine, which would hold back the end", async () => {
    expect(await shellWith("echo in; echo woe >&2\n", false)).toEqual({
      exitCode: 0,
      output: "in\n",
      errors: "woe\n",
      windows: [],
      raw: [],
    });
    expect((await shellWith("", false)).exitCode).toBe(0);
  });

  it("gets a terminal where a person sits at one", async () => {
    expect(await shellWith("exit 5\n", true)).toMatchObject({
      exitCode: 5,
      windows: [{ columns: 100, rows: 30, term: "xterm" }],
      raw: [true, false],
    });
  });
});
