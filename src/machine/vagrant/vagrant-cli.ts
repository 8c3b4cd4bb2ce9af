import { appendFile } from "node:fs/promises";
import type { VagrantProviderName } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import { explainVagrant } from "./explain-vagrant.ts";
import type { VagrantLayout } from "./layout.ts";
import { parseMachineReadable, type VagrantEvent } from "./machine-readable.ts";
import type { VagrantHost } from "./vagrant-host.ts";

/** One call of Vagrant in a cluster's directory. */
export interface VagrantCall {
  readonly host: VagrantHost;
  readonly provider: VagrantProviderName;
  readonly layout: VagrantLayout;
  /** Subcommand and its arguments. */
  readonly args: readonly [string, ...string[]];
  readonly signal: AbortSignal;
  readonly onEvent?: (event: VagrantEvent) => void;
  /** It is given up when it has said nothing for so long; undefined: never. */
  readonly silenceMs?: number;
}

/** After an interrupt Vagrant finishes what VirtualBox is doing, which can be an import. */
const graceMs = 10_000;

/**
 * Runs Vagrant to its end and gives all that it said. Everything goes to the cluster's log as well.
 * @throws FailureError `vagrant`, `disk-full`, `timeout`; the signal's reason.
 */
export async function callVagrant(call: VagrantCall): Promise<readonly VagrantEvent[]> {
  const { host, provider, layout, args } = call;
  const events: VagrantEvent[] = [];
  const other: string[] = [];
  const log = openLog(layout.log, `vagrant ${args.join(" ")}`);
  const watch = watchSilence(call);
  try {
    const { exitCode } = await host.processes.tryRun({
      argv: ["vagrant", ...args, "--machine-readable"],
      cwd: layout.directory,
      env: environmentFor(layout, provider),
      signal: watch.signal,
      ownGroup: true,
      graceMs,
      onLine: (line) => {
        watch.heard();
        log.write(line);
        const event = parseMachineReadable(line);
        if (event === undefined) return void other.push(line);
        events.push(event);
        call.onEvent?.(event);
      },
    });
    if (exitCode !== 0)
      throw new FailureError(explainVagrant({ args, provider, log: layout.log, events, other }));
    return events;
  } finally {
    watch.stop();
    await log.close();
  }
}

/** What the person has set for Vagrant's place must not lead this call elsewhere. */
function environmentFor({ directory }: VagrantLayout, provider: string): Readonly<Record<string, string>> {
  return {
    VAGRANT_CWD: directory,
    VAGRANT_VAGRANTFILE: "Vagrantfile",
    VAGRANT_DOTFILE_PATH: ".vagrant",
    VAGRANT_DEFAULT_PROVIDER: provider,
    VAGRANT_CHECKPOINT_DISABLE: "1",
    VAGRANT_NO_COLOR: "1",
    // Ruby takes its encoding from here, and paths may hold any letter.
    LC_ALL: "C.UTF-8",
  };
}

/** Lines are written one after another while Vagrant runs on. */
function openLog(file: string, title: string): { write(line: string): void; close(): Promise<void> } {
  let writing = appendFile(file, `# ${new Date().toISOString()} ${title}\n`, { mode: 0o600 });
  return {
    write: (line) => {
      writing = writing.then(() => appendFile(file, `${line}\n`));
      writing.catch(() => undefined);
    },
    close: () => writing,
  };
}

/** A signal that also aborts when nothing was heard for too long. */
function watchSilence({ host: { clock }, layout, args, signal, silenceMs }: VagrantCall) {
  const ended = new AbortController();
  const silent = new AbortController();
  let heardMs = clock.nowMs();
  const watch = async (limitMs: number): Promise<void> => {
    for (;;) {
      const leftMs = heardMs + limitMs - clock.nowMs();
      if (leftMs <= 0) break;
      await clock.sleep(leftMs, ended.signal);
    }
    silent.abort(tooSilent(args, layout.log, limitMs));
  };
  // Ends by being stopped.
  if (silenceMs !== undefined) watch(silenceMs).catch(() => undefined);
  return {
    signal: AbortSignal.any([signal, silent.signal]),
    heard: () => void (heardMs = clock.nowMs()),
    stop: () => ended.abort(),
  };
}

function tooSilent(args: readonly string[], log: string, afterMs: number): FailureError {
  return new FailureError({
    kind: "timeout",
    waitedFor: `vagrant ${args.join(" ")}, which said nothing more`,
    afterMs,
    hint: `See what it did last in ${log}; a hypervisor that hangs often comes back when it is restarted.`,
  });
}
