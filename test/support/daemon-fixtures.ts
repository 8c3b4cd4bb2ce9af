import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ensureDaemon, type EnsureDaemonOptions } from "../../src/docker/ensure-daemon.ts";
import type { Remote } from "../../src/remote/remote.ts";
import type { PretendedMachine } from "./pretended-machine.ts";

/** What this program wants of every daemon. */
export const wanted = { "swarm-default-advertise-addr": "192.0.2.18" };

/** Ensures a daemon with these options and no TCP port, by a clock that does not wait. */
export function ensure(
  remote: Remote,
  options: Readonly<Record<string, unknown>>,
  said: string[] = [],
  rest: Partial<EnsureDaemonOptions> = {},
) {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, sleep: (ms: number) => Promise.resolve(void (nowMs += ms)) };
  const { signal } = new AbortController();
  const docker = { channel: "distribution" } as const;
  const report = (text: string) => said.push(text);
  const tcp = { mode: "off", address: "192.0.2.18" } as const;
  return ensureDaemon({
    remote,
    wanted: options,
    tcp,
    restart: "now",
    docker,
    clock,
    signal,
    report,
    ...rest,
  });
}

/** Stops the daemon's process where it is, as SIGSTOP does: it runs, and does not answer until it is killed. */
export async function stall(machine: PretendedMachine): Promise<void> {
  await machine.write("silent", "");
  await machine.write("proc/42/status", "Name:\tdockerd\nState:\tT (stopped)\n");
}

/** Names of what is in /etc/docker. */
export async function filesOf(machine: PretendedMachine): Promise<readonly string[]> {
  return (await readdir(join(machine.root, "etc/docker"))).sort();
}

export function parse(text: string | undefined): unknown {
  return JSON.parse(text ?? "");
}
