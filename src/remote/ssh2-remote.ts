import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { onAbort, reasonOf, withDeadline } from "./abort.ts";
import { channelStream, collectResult, endChannel, exitCodeOfChannel } from "./channel.ts";
import { commandLine, sudoPreamble, type Elevation } from "./command-line.ts";
import type { Remote, RemoteCommand, RemoteResult, RemoteSession } from "./remote.ts";
import { commandFailed, commandTimedOut, unreachable } from "./remote-failures.ts";
import { readFileOver, writeFileOver } from "./remote-files.ts";
import { Slots } from "./slots.ts";

type ChannelCallback = (error: Error | undefined, channel: ClientChannel) => void;
type Start = (done: ChannelCallback) => void;
/** `explain` makes of ssh2's error what the caller gets. */
type Opening = { readonly start: Start; readonly explain: (error: Error) => Error };
type Held = { readonly channel: ClientChannel; readonly release: () => void };

/** sshd allows 10 sessions on a connection (MaxSessions); two stay free for channels that are just closing. */
const channelLimit = 8;
const defaultTimeoutMs = 60_000;

/** A `Remote` over one logged-in ssh2 connection, which it owns. Time-outs count from the call, waiting for a channel included. */
export class Ssh2Remote implements Remote {
  readonly machine: string;
  readonly address: string;
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #elevation: Elevation;
  readonly #slots = new Slots(channelLimit);
  readonly #lost = new AbortController();
  readonly #closed: Promise<void>;

  constructor(options: {
    readonly machine: string;
    readonly address: string;
    readonly client: Client;
    readonly socket: Duplex;
    readonly elevation: Elevation;
  }) {
    this.machine = options.machine;
    this.address = options.address;
    this.#client = options.client;
    this.#socket = options.socket;
    this.#elevation = options.elevation;
    this.#closed = this.#watch();
  }

  async tryRun(command: RemoteCommand): Promise<RemoteResult> {
    return this.#bounded(command, async (signal) => {
      const { channel, release } = await this.#start(command, signal);
      return collectResult(channel, { ...command, stderrSecrets: this.#secrets }, signal).finally(release);
    });
  }

  async run(command: RemoteCommand): Promise<RemoteResult> {
    const result = await this.tryRun(command);
    if (result.exitCode !== 0) throw commandFailed(this.machine, command, result);
    return result;
  }

  async open(command: Pick<RemoteCommand, "argv" | "sudo" | "signal">): Promise<Duplex> {
    const { channel, release } = await this.#bounded(command, (signal) =>
      this.#start({ ...command, stdin: "" }, signal),
    );
    channel.once("close", release);
    return channelStream({
      channel,
      signals: [this.#lost.signal, command.signal],
      stderrSecrets: this.#secrets,
      errorOf: (result) => (result.exitCode === 0 ? undefined : commandFailed(this.machine, command, result)),
    });
  }

  /** No session: it takes none of their places. */
  async dial(socketPath: string, signal: AbortSignal): Promise<Duplex> {
    const start: Start = (done) => this.#client.openssh_forwardOutStreamLocal(socketPath, done);
    const channel = await this.#bounded({ argv: ["connect to", socketPath], signal }, (until) =>
      this.#opened({ start, explain: this.#explain }, until),
    );
    const signals = [this.#lost.signal, signal];
    return channelStream({ channel, endsWithOutput: true, signals, errorOf: () => undefined });
  }

  async session({ argv, terminal, signal }: Parameters<Remote["session"]>[0]): Promise<RemoteSession> {
    const pty = terminal && { term: terminal.type, cols: terminal.size.columns, rows: terminal.size.rows };
    const start: Start = (done) =>
      argv
        ? this.#client.exec(commandLine({ argv, stdin: "" }, "none"), pty ? { pty } : {}, done)
        : this.#client.shell(pty ?? false, done);
    const { channel, release } = await this.#bounded({ argv: argv ?? ["login shell"] }, (starting) =>
      this.#channel(start, starting),
    );
    channel.once("close", release);
    const stream = channelStream({ channel, signals: [signal], errorOf: () => undefined });
    const resize: RemoteSession["resize"] = ({ columns, rows }) => channel.setWindow(rows, columns, 0, 0);
    return { stream, errors: channel.stderr, resize, exited: this.#exitCode(channel) };
  }

  async readFile(path: string, options?: { readonly sudo?: boolean }): Promise<string | undefined> {
    return readFileOver(this, path, options);
  }

  async writeFile(
    path: string,
    content: string,
    options: { readonly mode: number; readonly sudo?: boolean },
  ): Promise<void> {
    return writeFileOver(this, { path, content }, options);
  }

  /** Aborted, with the failure as its reason, when the connection is gone. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** A connection from the machine to `address:port` as it sees them. Rejects with ssh2's error, or the signal's reason. No session: it takes none of their places. */
  async forward(
    { address, port }: { readonly address: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<ClientChannel> {
    const start: Start = (done) => this.#client.forwardOut("127.0.0.1", 0, address, port, done);
    return this.#opened({ start, explain: (error) => error }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.end();
    // A machine that hangs would never close its side.
    this.#socket.destroy();
    await this.#closed;
  }

  #watch(): Promise<void> {
    let reason = "the connection was closed";
    this.#client.on("error", (error) => (reason = error.message));
    return new Promise((resolve) => {
      this.#client.once("close", () => {
        this.#lost.abort(unreachable(this, reason));
        resolve();
      });
    });
  }

  #bounded<T>(
    command: Pick<RemoteCommand, "argv" | "timeoutMs" | "signal" | "secrets">,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const timeoutMs = command.timeoutMs ?? defaultTimeoutMs;
    const signals = [this.#lost.signal, command.signal];
    const expired = (): Error => commandTimedOut(this.machine, command, timeoutMs);
    return withDeadline({ timeoutMs, signals, expired }, work);
  }

  async #start(command: Pick<RemoteCommand, "argv" | "sudo" | "stdin">, signal: AbortSignal): Promise<Held> {
    const line = commandLine(command, this.#elevation);
    const held = await this.#channel((done) => this.#client.exec(line, done), signal);
    const [password] = command.sudo === true ? this.#secrets : [];
    if (password !== undefined) held.channel.write(sudoPreamble(password));
    return held;
  }

  get #secrets(): readonly string[] {
    return typeof this.#elevation === "string" ? [] : [this.#elevation.password];
  }

  async #channel(start: Start, signal: AbortSignal): Promise<Held> {
    const release = await this.#slots.acquire(signal);
    try {
      if (signal.aborted) throw reasonOf(signal);
      return { channel: await this.#opened({ start, explain: this.#explain }, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  readonly #explain = (error: Error): Error => unreachable(this, error.message, error);

  #opened({ start, explain }: Opening, signal: AbortSignal): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const stop = onAbort(signal, () => reject(reasonOf(signal)));
      const done: ChannelCallback = (error, channel) => {
        stop();
        if (error) reject(explain(error));
        else if (signal.aborted) endChannel(channel);
        else resolve(channel);
      };
      try {
        start(done);
      } catch (error) {
        // ssh2 throws `Not connected` between the end of the connection and its `close` event.
        reject(unreachable(this, "the connection was closed", error));
      }
    });
  }

  #exitCode(channel: ClientChannel): Promise<number> {
    const lost = new Promise<never>((_resolve, reject) => {
      const stop = onAbort(this.#lost.signal, () => reject(reasonOf(this.#lost.signal)));
      channel.once("close", stop);
    });
    const exited = Promise.race([lost, exitCodeOfChannel(channel)]);
    // Whoever only reads the stream must not be killed by this promise.
    exited.catch(() => undefined);
    return exited;
  }
}
