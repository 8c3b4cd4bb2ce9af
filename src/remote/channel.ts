import { Duplex } from "node:stream";
import { constants } from "node:os";
import type { ClientChannel } from "ssh2";
import { onAbort, reasonOf } from "./abort.ts";
import { OutputText } from "./output-text.ts";
import type { RemoteCommand, RemoteResult } from "./remote.ts";

const outputLimitBytes = 1024 * 1024;

/** Gives the channel up. The end of its stdin is what ends the command. */
export function endChannel(channel: ClientChannel): void {
  channel.end();
  channel.close();
  // What nobody reads any more must not keep the channel from closing.
  channel.resume();
  channel.stderr.resume();
}

/** `stderrSecrets`: blanked from stderr beside the command's own, for what is not the command speaking. Its stdout is data. */
export interface RunningCommand extends RemoteCommand {
  readonly stderrSecrets: readonly string[];
}

/** Feeds stdin, gathers both outputs to the end, and resolves with the result. Rejects with the signal's reason, the channel ended. */
export function collectResult(
  channel: ClientChannel,
  command: RunningCommand,
  signal: AbortSignal,
): Promise<RemoteResult> {
  return new Promise((resolve, reject) => {
    const stdout = gather(channel, command, "stdout");
    const stderr = gather(channel.stderr, command, "stderr");
    const stop = onAbort(signal, () => {
      endChannel(channel);
      reject(reasonOf(signal));
    });
    channel.on("error", reject);
    channel.on("close", (code: number | null | undefined) => {
      stop();
      const truncated = stdout.isTruncated() || stderr.isTruncated();
      resolve({ exitCode: code ?? undefined, stdout: stdout.finish(), stderr: stderr.finish(), truncated });
    });
    if (command.stdin !== undefined) channel.end(command.stdin);
  });
}

interface Gathered {
  readonly finish: () => string;
  readonly isTruncated: () => boolean;
}

function gather(
  stream: NodeJS.ReadableStream,
  command: RunningCommand,
  source: "stdout" | "stderr",
): Gathered {
  const { onOutput, stderrSecrets } = command;
  const secrets = [...(command.secrets ?? []), ...(source === "stderr" ? stderrSecrets : [])];
  const text = new OutputText({ limitBytes: onOutput ? Infinity : outputLimitBytes, secrets });
  const kept: string[] = [];
  const take = (piece: string): void => {
    if (piece === "") return;
    if (onOutput) onOutput(source, piece);
    else kept.push(piece);
  };
  stream.on("data", (chunk: Buffer) => {
    take(text.push(chunk));
  });
  const finish = (): string => {
    take(text.end());
    return kept.join("");
  };
  return { finish, isTruncated: () => text.truncated };
}

export interface ChannelStreamOptions {
  readonly channel: ClientChannel;
  /** The other side has no exit code to tell: the end of what it sends is its end. sshd keeps such a channel open then. */
  readonly endsWithOutput?: boolean;
  /** Each destroys the stream with its reason. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** Blanked from what `errorOf` gets. */
  readonly stderrSecrets?: readonly string[];
  /** The error that the stream ends with for this end of the command; `undefined`: it ends in peace. */
  readonly errorOf: (result: Pick<RemoteResult, "exitCode" | "stderr">) => Error | undefined;
}

/**
 * The command's stdin and stdout as one stream that behaves like a socket, which ssh2's channels do not:
 * destroying works, and errors and `close` are emitted.
 */
export function channelStream({
  channel,
  endsWithOutput = false,
  signals,
  stderrSecrets = [],
  errorOf,
}: ChannelStreamOptions): Duplex {
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => void channel.resume(),
    write: (chunk: Buffer, _encoding, done) => void channel.write(chunk, done),
    final: (done) => void channel.end(done),
    destroy: (error, done) => {
      endChannel(channel);
      done(error);
    },
  });
  const stderr = gather(channel.stderr, { argv: [""], stderrSecrets }, "stderr");
  const unfollow = signals.map((signal) =>
    signal ? onAbort(signal, () => stream.destroy(reasonOf(signal))) : undefined,
  );
  // A write that the channel will never take would hold back `close` for ever.
  const finish = (): unknown => stream.once("end", () => stream.destroy()).push(null);
  channel.on("data", (chunk: Buffer) => {
    if (!stream.push(chunk)) channel.pause();
  });
  channel.on("error", (error: Error) => stream.destroy(error));
  channel.on("close", (code: number | null | undefined) => {
    for (const stop of unfollow) stop?.();
    const error = errorOf({ exitCode: code ?? undefined, stderr: stderr.finish() });
    if (error) stream.destroy(error);
    else finish();
  });
  if (endsWithOutput) channel.once("end", finish);
  return stream;
}

/** The exit code in the shells' convention: 128 + the signal's number; 255 where the machine told neither. */
export function exitCodeOfChannel(channel: ClientChannel): Promise<number> {
  return new Promise((resolve) => {
    channel.on("close", (code: number | null | undefined, signalName?: string) => {
      const signals: Readonly<Record<string, number>> = constants.signals;
      const signal = signals[signalName ?? ""];
      resolve(code ?? (signal === undefined ? 255 : 128 + signal));
    });
  });
}
