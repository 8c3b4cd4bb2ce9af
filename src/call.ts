import type { Readable, Writable } from "node:stream";

/** Where input comes from: a terminal, or what stands in its place. */
export type Input = Readable & Partial<Pick<NodeJS.ReadStream, "isTTY" | "setRawMode">>;
export type Output = Writable & Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns" | "rows">>;

/** One call of this program: all that it has of the process it runs in. */
export interface Call {
  /** As `process.argv`: the interpreter, the script, and what was typed behind them. */
  readonly argv: readonly string[];
  /** The built program; `templates/` and `labs/` are beside its directory. */
  readonly programFile: string;
  readonly workingDirectory: string;
  /** Of this program and of the processes that it starts. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly userHome: string;
  readonly isRoot: boolean;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Calls back each time the call is to end, as by Ctrl-C, until the returned function is called. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** Ends the process at once. */
  readonly leave: (exitCode: number) => void;
}
