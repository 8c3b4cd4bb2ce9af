import type { Context } from "../context.ts";
import { daemonConfigPath } from "../docker/daemon-config.ts";
import type { DaemonLine } from "../docker/daemon-lines.ts";
import type { Engine } from "../docker/engine.ts";
import { fieldAt } from "../docker/json-fields.ts";
import { readDaemonLog } from "../docker/read-daemon-log.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs } from "../system/clock.ts";
import { Connections } from "./connections.ts";
import { patientContext, type Lab } from "./open-lab.ts";
import { planUp } from "./plan-up.ts";
import { requireRunning } from "./running-machines.ts";
import { reportStatus } from "./status.ts";
import type { SupportParts } from "./support-parts.ts";
import { collectState, dataOf } from "./support-state.ts";

/** A machine that runs answers within this time, or it is told as silent. */
const answerTimeoutMs = 10_000;
const logTimeoutMs = 60_000;
/** Of each machine. */
const logLines = 10_000;

/** Secrets come without their contents; configs with, which are taken out. */
const swarmObjects = {
  swarm: "/swarm",
  nodes: "/nodes",
  services: "/services",
  tasks: "/tasks",
  networks: `/networks?filters=${encodeURIComponent('{"scope":["swarm"]}')}`,
  secrets: "/secrets",
  configs: "/configs",
};

interface Work {
  readonly context: Context;
  readonly parts: SupportParts;
  readonly lab: Lab;
  readonly connections: Connections;
}

/** Adds what a cluster is and what its machines say. */
export async function collectLab(usual: Context, parts: SupportParts, lab: Lab): Promise<void> {
  const context = patientContext(usual, lab);
  await using connections = new Connections(context);
  const work = { context, parts, lab, connections };
  const { cluster, provider, machines, patience } = lab;
  const engines = await Promise.all(cluster.machines.map(({ name }) => collectMachine(work, name)));
  await Promise.all([
    parts.add("cluster.json", () => ({
      provider: provider.name,
      patience,
      cluster,
      machines: [...machines.values()],
    })),
    parts.add("status.json", () => reportStatus(context, lab, connections)),
    parts.add("plan.json", () => planOf(work)),
    collectState(parts, "state/cluster", provider.stateDirectory(cluster)),
    collectSwarm(
      work,
      engines.find((found) => found?.isManager === true),
    ),
  ]);
}

async function planOf({ context, lab, connections }: Work): Promise<object> {
  const settled = { ...lab, cluster: await lab.provider.settle(lab.cluster) };
  return await planUp({ context, lab: settled, connections, force: false, recreate: false });
}

interface SeenEngine {
  readonly engine: Engine;
  readonly isManager: boolean;
}

/** Undefined: the machine or its daemon does not answer. */
async function collectMachine(work: Work, name: string): Promise<SeenEngine | undefined> {
  const { context, parts, lab, connections } = work;
  const part = (file: string): string => `machines/${name}/${file}`;
  const remote = await parts.attempt(`machines/${name}`, async () => {
    requireRunning(lab, name);
    return await connections.remote(lab, name, answerTimeoutMs);
  });
  if (remote === undefined) return undefined;
  const engine = await connections.engine(lab, name);
  const [info] = await Promise.all([
    parts.add(part("info.json"), () => ask(context, engine, "/info")),
    parts.add(part("version.json"), () => ask(context, engine, "/version")),
    parts.add(part("docker.log"), () => daemonLog(context, remote)),
    parts.add(part("daemon.json"), async () => {
      const text = await remote.readFile(daemonConfigPath, { sudo: true });
      return text === undefined ? undefined : dataOf(text);
    }),
  ]);
  if (info === undefined) return undefined;
  return { engine, isManager: fieldAt(info, "Swarm", "ControlAvailable") === true };
}

async function collectSwarm({ context, parts }: Work, manager: SeenEngine | undefined): Promise<void> {
  if (manager === undefined) {
    parts.miss("swarm", "no machine that answers is a manager of a swarm");
    return;
  }
  await Promise.all(
    Object.entries(swarmObjects).map(([name, path]) =>
      parts.add(`swarm/${name}.json`, () => ask(context, manager.engine, path)),
    ),
  );
}

function ask({ clock, signal }: Context, engine: Engine, path: string): Promise<unknown> {
  return engine.request("GET", path, { timeoutMs: limitMs(clock, answerTimeoutMs), signal });
}

async function daemonLog({ clock, signal }: Context, remote: Remote): Promise<string> {
  const said: DaemonLine[] = [];
  await readDaemonLog({
    remote,
    lines: logLines,
    follow: false,
    timeoutMs: limitMs(clock, logTimeoutMs),
    signal,
    onLines: (lines) => void said.push(...lines),
  });
  return said
    .map(({ atMs, text }) => (atMs === undefined ? text : `${new Date(atMs).toISOString()} ${text}`))
    .map((line) => `${line}\n`)
    .join("");
}
