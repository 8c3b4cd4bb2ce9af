import type { Context } from "../context.ts";
import type { Remote } from "../remote/remote.ts";
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
  const [program, ...args] = options.command;
  if (program === undefined) return await interact(context, remote);
  return await runCommand(context, remote, [program, ...args]);
}

async function interact({ terminal }: Context, remote: Remote): Promise<number> {
  const shell = await remote.shell({ size: terminal.size(), term: terminal.type });
  const stopResizing = terminal.onResize(() => shell.resize(terminal.size()));
  terminal.setRaw(true);
  try {
    terminal.input.pipe(shell.stream);
    shell.stream.pipe(terminal.output, { end: false });
    return await shell.exited;
  } finally {
    terminal.input.unpipe(shell.stream);
    terminal.input.pause();
    terminal.setRaw(false);
    stopResizing();
  }
}

async function runCommand(
  { terminal, signal }: Context,
  remote: Remote,
  argv: readonly [string, ...string[]],
): Promise<number> {
  const { exitCode } = await remote.tryRun({
    argv,
    signal,
    timeoutMs: Infinity,
    onOutput: (source, text) => (source === "stdout" ? terminal.output : terminal.errors).write(text),
  });
  return exitCode ?? 255;
}
