import { readdirSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../system/clock.ts";
import { hasCode } from "../../system/files.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";
import { waitUntil } from "../../system/wait-until.ts";
import { machineOfCgroup } from "./layout.ts";

/** PIDs of a cluster's processes on the host, by machine. */
export type ProcessesByMachine = ReadonlyMap<string, readonly number[]>;

/**
 * Finds them by the cgroup that each process is in: that is true whatever a file says, and for every child of a machine.
 * Reads at one go: hundreds of small files of the kernel's cost far less so than one by one in the background.
 */
export function findProcesses(cluster: string): ProcessesByMachine {
  const found = new Map<string, number[]>();
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const cgroup = readOfProcess(pid, "cgroup");
    const machine = cgroup === undefined ? undefined : machineOfCgroup(cluster, cgroup);
    if (machine !== undefined && !isZombie(pid))
      found.set(machine, [...(found.get(machine) ?? []), Number(pid)]);
  }
  return found;
}

/** Finds processes as `findProcesses` does, for all who ask at the same time with one look: a look costs more the more machines there are. */
export class ProcessFinder {
  readonly #soon = new Map<string, Promise<ProcessesByMachine>>();

  /** As they are after the call. */
  find(cluster: string): Promise<ProcessesByMachine> {
    const finding = this.#soon.get(cluster) ?? this.#find(cluster);
    this.#soon.set(cluster, finding);
    return finding;
  }

  async #find(cluster: string): Promise<ProcessesByMachine> {
    await setImmediate();
    // Whoever asks from now on wants to know what is then.
    this.#soon.delete(cluster);
    return findProcesses(cluster);
  }
}

/** The one of a machine's processes that is its systemd: it has number 1 in a PID namespace right below this host's. */
export function findInit(pids: readonly number[]): number | undefined {
  return pids.find((pid) => /^NSpid:\t\d+\t1$/m.test(readOfProcess(String(pid), "status") ?? ""));
}

/** Ends all processes of the machines given (default: all of the cluster) at once, and waits until they are gone. */
export async function killProcesses(options: {
  readonly cluster: string;
  readonly processes: ProcessRunner;
  readonly clock: Clock;
  readonly machine?: string;
}): Promise<void> {
  await waitForEnd({ ...options, timeoutMs: 10_000 }, (pids) =>
    pids.forEach((pid) => options.processes.kill(pid, "SIGKILL")),
  );
}

/** Asks the machine's systemd to power off, and waits; kills what is left at the deadline. */
export async function powerOff(options: {
  readonly cluster: string;
  readonly processes: ProcessRunner;
  readonly clock: Clock;
  readonly machine: string;
  readonly signal: AbortSignal;
}): Promise<"orderly" | "killed"> {
  const pids = findProcesses(options.cluster).get(options.machine) ?? [];
  for (const pid of pids) {
    if (readOfProcess(String(pid), "comm")?.trim() === "systemd-nspawn")
      options.processes.kill(pid, "SIGTERM");
  }
  try {
    await waitForEnd({ ...options, timeoutMs: 60_000 }, () => undefined);
    return "orderly";
  } catch {
    options.signal.throwIfAborted();
    await killProcesses(options);
    return "killed";
  }
}

async function waitForEnd(
  options: {
    readonly cluster: string;
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly machine?: string;
    readonly signal?: AbortSignal;
  },
  push: (pids: readonly number[]) => void,
): Promise<void> {
  const { cluster, clock, timeoutMs, machine, signal } = options;
  const wait = {
    clock,
    timeoutMs,
    title: `the processes of ${machine ?? cluster} to end`,
    hint: () =>
      "A process in state D waits for a disk or a network file system: ps -eo pid,stat,comm shows it.",
    intervalMs: 20,
    ...(signal === undefined ? {} : { signal }),
  };
  await waitUntil(wait, () => {
    const found = findProcesses(cluster);
    const pids = machine === undefined ? [...found.values()].flat() : (found.get(machine) ?? []);
    push(pids);
    return Promise.resolve(pids.length === 0 ? true : undefined);
  });
}

/** It has ended, and only its parent has not looked yet. */
function isZombie(pid: string): boolean {
  const stat = readOfProcess(pid, "stat");
  return stat === undefined || /^\d+ \(.*\) [ZX] /s.test(stat);
}

/** Undefined: the process ended between being seen and being looked at. */
function readOfProcess(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}
