import type { Context } from "../context.ts";
import type { Remote, RemoteSession } from "../remote/remote.ts";
import { Connections } from "./connections.ts";
import { openLab, type LabOptions } from "./open-lab.ts";
import { requireRunning } from "./running-machines.ts";

export interface SshOptions extends LabOptions {
  readonly machine: string;
  /** Empty: a login shell. */
  readonly command: readonly string[];
}

/** A shell on a machine, or one command with its input and output. Returns the exit code of what ran there. */
export async function ssh(context: Context, options: SshOptions): Promise<number> {
  const lab = await openLab(context, options, ["read the key that opens the machines"]);
  requireRunning(lab, options.machine);
  await using connections = new Connections(context);
  const remote = await connections.remote(lab, options.machine);
  return await runSession(context, { remote, command: options.command });
}

/** As `ssh`, on a machine that one is connected to. */
export async function runSession(
  context: Context,
  { remote, command }: { readonly remote: Remote } & Pick<SshOptions, "command">,
): Promise<number> {
  const [program, ...args] = command;
  const { terminal, signal } = context;
  // A command gets plain pipes, so that bytes pass as they are and stderr stays apart.
  if (program !== undefined)
    return await converse(context, await remote.session({ argv: [program, ...args], signal }));
  // As OpenSSH's client does: on a pseudo-terminal the end of the input would not reach the shell, which waited for ever.
  if (!terminal.takesKeys) return await converse(context, await remote.session({ signal }));
  const session = await remote.session({ terminal: { size: terminal.size(), type: terminal.type } });
  terminal.setRaw(true);
  try {
    return await converse(context, session);
  } finally {
    terminal.setRaw(false);
  }
}

async function converse({ terminal, signal }: Context, session: RemoteSession): Promise<number> {
  const { stream, errors } = session;
  const stopResizing = terminal.onResize(() => session.resize(terminal.size()));
  // The stream is cut off when the session is aborted or lost; both are told below.
  stream.on("error", () => stream.destroy());
  // A reader of the errors who is gone must not hold back the command.
  const drain = (): void => void errors.resume();
  terminal.errors.on("unpipe", drain);
  try {
    terminal.input.pipe(stream);
    stream.pipe(terminal.output, { end: false });
    errors.pipe(terminal.errors, { end: false });
    const exitCode = await session.exited;
    signal.throwIfAborted();
    return exitCode;
  } finally {
    terminal.input.unpipe(stream);
    terminal.input.pause();
    terminal.errors.off("unpipe", drain);
    stopResizing();
  }
}
