import type { Duplex } from "node:stream";
import { FailureError } from "../../src/failure.ts";
import type { Remote, RemoteCommand, RemoteResult, RemoteSession } from "../../src/remote/remote.ts";

export interface ScriptedCall {
  /** A part of the argv joined by spaces, or a test of the whole command. */
  readonly match: string | ((command: RemoteCommand) => boolean);
  /** What is not given is empty, and exit code 0. An error is thrown. */
  readonly result?: Partial<RemoteResult> | Error;
}

/** A machine that expects certain commands in a certain order, and fails on any other. Files are kept in a map. */
export class ScriptedRemote implements Remote {
  readonly machine: string;
  readonly address = "192.0.2.17";
  readonly files: Map<string, string>;
  /** The commands that came, in order. */
  readonly calls: RemoteCommand[] = [];
  readonly writes: {
    readonly path: string;
    readonly content: string;
    readonly mode: number;
    readonly sudo?: boolean;
  }[] = [];
  readonly #script: readonly ScriptedCall[];

  constructor(
    script: readonly ScriptedCall[] = [],
    options: { readonly machine?: string; readonly files?: Readonly<Record<string, string>> } = {},
  ) {
    this.#script = script;
    this.machine = options.machine ?? "node1";
    this.files = new Map(Object.entries(options.files ?? {}));
  }

  /** Scripted calls that have not come yet. */
  get outstanding(): readonly ScriptedCall[] {
    return this.#script.slice(this.calls.length);
  }

  tryRun(command: RemoteCommand): Promise<RemoteResult> {
    const expected = this.#script[this.calls.length];
    this.calls.push(command);
    if (!expected || !matches(expected, command)) {
      return Promise.reject(new Error(`unscripted call: ${command.argv.join(" ")}`));
    }
    if (expected.result instanceof Error) return Promise.reject(expected.result);
    const result = { exitCode: 0, stdout: "", stderr: "", truncated: false, ...expected.result };
    command.onOutput?.("stdout", result.stdout);
    return Promise.resolve(result);
  }

  async run(command: RemoteCommand): Promise<RemoteResult> {
    const result = await this.tryRun(command);
    const { exitCode, stderr } = result;
    if (exitCode === 0) return result;
    const { machine } = this;
    throw new FailureError({ kind: "remote-command", machine, argv: command.argv, exitCode, stderr });
  }

  open(): Promise<Duplex> {
    return Promise.reject(new Error("unscripted call: open"));
  }

  dial(): Promise<Duplex> {
    return Promise.reject(new Error("unscripted call: dial"));
  }

  session(): Promise<RemoteSession> {
    return Promise.reject(new Error("unscripted call: shell"));
  }

  readFile(path: string): Promise<string | undefined> {
    return Promise.resolve(this.files.get(path));
  }

  writeFile(
    path: string,
    content: string,
    options: { readonly mode: number; readonly sudo?: boolean },
  ): Promise<void> {
    this.writes.push({ path, content, ...options });
    this.files.set(path, content);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function matches({ match }: ScriptedCall, command: RemoteCommand): boolean {
  return typeof match === "string" ? command.argv.join(" ").includes(match) : match(command);
}
