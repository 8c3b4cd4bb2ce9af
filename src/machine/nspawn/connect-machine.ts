import { readFile } from "node:fs/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import { connectSsh } from "../../remote/connect-ssh.ts";
import type { Remote } from "../../remote/remote.ts";
import type { KeyLogin } from "../provider.ts";
import { clusterLayout, type MachineLayout } from "./layout.ts";
import { readHostKey } from "./machine-files.ts";
import type { ProcessFinder } from "./machine-processes.ts";
import type { NspawnHost } from "./nspawn-host.ts";
import { placeOf } from "./start-machine.ts";

const lookEveryMs = 2000;
const logTailLines = 12;

/**
 * Connects to a machine that runs or boots, with the host key pinned that it was made with.
 * @throws FailureError as `connectSsh`; `machine-died` as soon as its processes end.
 */
export async function connectMachine(
  host: NspawnHost & { readonly finder: ProcessFinder },
  cluster: Cluster,
  options: { readonly name: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Remote> {
  const { name, timeoutMs } = options;
  const { machine } = placeOf(host, cluster, name);
  const { identityFile, ...login } = await machineLogin(host, cluster, name);
  const privateKey = await readFile(identityFile, "utf8");
  const watch = new AbortController();
  const signal = AbortSignal.any([options.signal, watch.signal]);
  const watching = watchDeath({ host, cluster: cluster.name, machine, watch });
  try {
    return await connectSsh({ ...login, machine: name, privateKey, clock: host.clock, timeoutMs, signal });
  } finally {
    watch.abort();
    await watching;
  }
}

export async function machineLogin(host: NspawnHost, cluster: Cluster, name: string): Promise<KeyLogin> {
  const { spec, machine } = placeOf(host, cluster, name);
  const { privateKeyFile: identityFile } = clusterLayout(host.home, cluster.name);
  const hostKey = await readHostKey(machine);
  return { address: spec.address, port: 22, user: "vagrant", identityFile, hostKey };
}

async function watchDeath(its: {
  readonly host: Pick<NspawnHost, "clock"> & { readonly finder: ProcessFinder };
  readonly cluster: string;
  readonly machine: MachineLayout;
  readonly watch: AbortController;
}): Promise<void> {
  const { host, cluster, machine, watch } = its;
  for (;;) {
    await host.clock.sleep(lookEveryMs, watch.signal).catch(() => undefined);
    if (watch.signal.aborted) return;
    const processes = await host.finder.find(cluster);
    if (!processes.has(machine.name)) watch.abort(await died(machine));
  }
}

async function died({ name, consoleLog }: MachineLayout): Promise<FailureError> {
  const log = await readFile(consoleLog, "utf8").catch(() => "");
  const logTail = log.trim().split("\n").slice(-logTailLines).join("\n");
  return new FailureError({ kind: "machine-died", machine: name, logTail, log: consoleLog });
}
