import type { Duplex, Readable } from "node:stream";

/** One command on a machine: argv, never a shell string. */
export interface RemoteCommand {
  readonly argv: readonly [string, ...string[]];
  readonly stdin?: string | Uint8Array;
  /** Run as root through sudo, with the password that the connection was made with if there is one. */
  readonly sudo?: boolean;
  /** Default 60 000; `Infinity`: no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Strings blanked from captured output and from failures. */
  readonly secrets?: readonly string[];
  /** Called with each chunk of text as it comes; the output is then not kept. */
  readonly onOutput?: (source: "stdout" | "stderr", text: string) => void;
}

export interface RemoteResult {
  /** `undefined` when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Output went over the limit (1 MiB a stream) and was cut at the end. */
  readonly truncated: boolean;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A pseudo-terminal on the machine. */
export interface RemoteTerminal {
  readonly size: TerminalSize;
  /** Value of `TERM`. */
  readonly type: string;
}

/** A command or login shell that runs for as long as somebody works with it: raw bytes both ways. */
export interface RemoteSession {
  /** Its stdin and stdout. */
  readonly stream: Duplex;
  /** Its stderr; nothing comes here from a pseudo-terminal. */
  readonly errors: Readable;
  resize(size: TerminalSize): void;
  /** Resolves with the exit code when it ends, 128 + N for signal N. */
  readonly exited: Promise<number>;
}

/** Runs commands and moves small files on one machine, over one connection that all calls share. */
export interface Remote extends AsyncDisposable {
  readonly machine: string;
  readonly address: string;
  /** Runs to the end and returns whatever the exit code. Throws `FailureError`: `unreachable` when the connection is lost, `timeout`. */
  tryRun(command: RemoteCommand): Promise<RemoteResult>;
  /** As `tryRun`, and throws `FailureError` (`remote-command`) for an exit code other than 0. */
  run(command: RemoteCommand): Promise<RemoteResult>;
  /** Starts a command and hands over its stdin and stdout as one stream. Ending the stream ends the command. */
  open(command: Pick<RemoteCommand, "argv" | "sudo" | "signal">): Promise<Duplex>;
  /** Connects to a Unix socket of the machine as the login user. Throws `FailureError` `unreachable` where nobody listens, or SSH does not let it through. */
  dial(socketPath: string, signal: AbortSignal): Promise<Duplex>;
  /** A login shell (no argv) or a command, on a pseudo-terminal if one is given. Aborting ends it. */
  session(options: {
    readonly argv?: readonly [string, ...string[]];
    readonly terminal?: RemoteTerminal;
    readonly signal?: AbortSignal;
  }): Promise<RemoteSession>;
  /** UTF-8 content, or `undefined` where there is no such file. */
  readFile(path: string, options?: { readonly sudo?: boolean }): Promise<string | undefined>;
  /** Atomic: the file is the old or the new one, never half. `mode` as in 0o600. */
  writeFile(
    path: string,
    content: string,
    options: { readonly mode: number; readonly sudo?: boolean },
  ): Promise<void>;
}
