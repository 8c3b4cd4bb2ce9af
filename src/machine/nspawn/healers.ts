import { readdirSync, readFileSync } from "node:fs";
import type { Clock } from "../../system/clock.ts";
import { hasCode, pathExists } from "../../system/files.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";
import { waitUntil } from "../../system/wait-until.ts";

/** Argument 0 of a healer: what it is found by, whatever a file says. */
const nameOf = (cluster: string, id: string): string => `swarmlab-heal:${cluster}:${id}`;

/** $1: seconds; then the command, which takes the process over. */
const healerScript = 'sleep "$1"; shift; exec "$@"';

/** $1: file for its output; then the command. It gets a session of its own, which no terminal ends. */
const detachScript = 'umask 077; log=$1; shift; setsid -- "$@" >"$log" 2>&1 </dev/null &';

/** Starts a process that waits and then runs a command. Where systemd runs, logging out would end it unless systemd is its parent. */
export async function startHealer(
  processes: ProcessRunner,
  healer: {
    readonly cluster: string;
    readonly home: string;
    readonly id: string;
    readonly seconds: number;
    readonly argv: readonly [string, ...string[]];
    readonly log: string;
  },
): Promise<void> {
  const { cluster, home, id, seconds, argv, log } = healer;
  const command = [
    ...["sh", "-c", healerScript, nameOf(cluster, id), String(seconds)],
    ...["env", `SWARMLAB_HOME=${home}`, ...argv],
  ];
  if (await pathExists("/run/systemd/system")) {
    const output = [`--property=StandardOutput=append:${log}`, "--property=StandardError=inherit"];
    await processes.run({ argv: ["systemd-run", "--quiet", "--collect", ...output, "--", ...command] });
  } else {
    await processes.run({ argv: ["sh", "-c", detachScript, "sh", log, ...command] });
  }
}

/** PIDs of the healers of a cluster, or of one fault, that still wait. Each leads a process group. */
export function findHealers(cluster: string, id?: string): readonly number[] {
  const name = nameOf(cluster, id ?? "");
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      const [, , script, own = ""] = argumentsOf(pid);
      return script === healerScript && (id === undefined ? own.startsWith(name) : own === name);
    })
    .map(Number);
}

/** Ends healers that wait, and waits until they are gone. */
export async function endHealers(
  { processes, clock }: { readonly processes: ProcessRunner; readonly clock: Clock },
  cluster: string,
  id?: string,
): Promise<void> {
  const wait = {
    clock,
    title: `what heals faults of ${cluster} later to end`,
    timeoutMs: 10_000,
    hint: () => "ps -eo pid,args | grep swarmlab-heal shows it.",
    intervalMs: 20,
  };
  await waitUntil(wait, () => {
    const found = findHealers(cluster, id);
    // With what it waits by.
    for (const pid of found) processes.kill(-pid, "SIGKILL");
    return Promise.resolve(found.length === 0 ? true : undefined);
  });
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return [];
    throw error;
  }
}
