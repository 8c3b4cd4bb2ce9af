import type { Readable, Writable } from "node:stream";
import type { Provider } from "./machine/provider.ts";
import type { TerminalSize } from "./remote/remote.ts";
import type { Clock } from "./system/clock.ts";
import type { ProcessRunner } from "./system/process-runner.ts";
import type { Emit } from "./ui/ui-event.ts";

/** The person's terminal, or the pipe in its place. */
export interface Terminal {
  readonly input: Readable;
  /** Where results and the output of remote commands go. */
  readonly output: Writable;
  readonly errors: Writable;
  /** The input is a terminal; one that was redirected has an end. */
  readonly takesKeys: boolean;
  /** Someone is there to answer a question. */
  readonly interactive: boolean;
  /** Value of `TERM`. */
  readonly type: string;
  size(): TerminalSize;
  /** Calls back on each change of the size, until the returned function is called. */
  onResize(listener: () => void): () => void;
  /** Keys go to the reader one by one and unseen; a pipe has no such mode. */
  setRaw(raw: boolean): void;
}

/** What this host and this call are. */
export interface HostFacts {
  readonly isRoot: boolean;
  readonly workingDirectory: string;
  /** Of this program. */
  readonly version: string;
  /** Where `templates/` and `labs/` are. */
  readonly packageDirectory: string;
  /** Where the docker CLI keeps its configuration: `~/.docker`. */
  readonly dockerDirectory: string;
  /** The person's shell, as `/bin/bash`; undefined where the system does not tell. */
  readonly shell: string | undefined;
  /** What runs this program: its interpreter and its file. */
  readonly ownCommand: readonly [string, string];
  /** This same call through sudo, to be copied. */
  readonly sudoCommand: string;
}

/** The ports handed to every use case. */
export interface Context {
  readonly emit: Emit;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly processes: ProcessRunner;
  /** In the order in which `auto` tries them. */
  readonly providers: () => Promise<readonly Provider[]>;
  readonly host: HostFacts;
  readonly terminal: Terminal;
  /** Shows what was emitted so far and leaves the terminal to others. */
  readonly settleOutput: () => Promise<void>;
}
