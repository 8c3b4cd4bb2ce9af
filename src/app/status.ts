import type { Context } from "../context.ts";
import type { Cluster, MachineSpec } from "../cluster/cluster.ts";
import { parseEngineInfo } from "../docker/engine-info.ts";
import type { Engine, EngineInfo } from "../docker/engine.ts";
import { tcpEndpoint } from "../docker/tcp-access.ts";
import { FailureError } from "../failure.ts";
import { acceptsTcp } from "../system/accepts-tcp.ts";
import { withViews } from "../swarm/observe.ts";
import { swarmStatus } from "../swarm/swarm-status.ts";
import { Connections } from "./connections.ts";
import { activeFaults } from "./fault-list.ts";
import type { Seen } from "./form-swarm.ts";
import { openLab, reopenLab, type Lab, type LabOptions } from "./open-lab.ts";
import type { MachineReport, StatusReport } from "./status-report.ts";

/** A machine that runs answers at once, or it is told as silent. */
const answerTimeoutMs = 10_000;

/** Machines, daemons and nodes as they are now; all machines are asked at the same time. */
export async function status(context: Context, options: LabOptions): Promise<StatusReport> {
  const lab = await openLab(context, options, ["read the state of the machines, which belongs to root"]);
  await using connections = new Connections(context);
  return await reportStatus(context, lab, connections);
}

/** As `status`, over connections that are there. `seen`: what the daemons have said just now; they are not asked again while all machines run. */
export async function reportStatus(
  context: Context,
  before: Lab,
  connections: Connections,
  seen?: Seen,
): Promise<StatusReport> {
  const lab = await reopenLab(before);
  const { cluster } = lab;
  const allRun = cluster.machines.every(({ name }) => lab.machines.get(name)?.state === "running");
  const { infos, observed } = seen && allRun ? seen : await askAll({ context, lab, connections });
  const endpoints = await openEndpoints(cluster, [...infos.keys()]);
  const { swarm, machines } = swarmStatus(cluster, observed);
  const reports = cluster.machines.map(({ name, role }): MachineReport => {
    const machine = lab.machines.get(name);
    const info = infos.get(name);
    return {
      name,
      role,
      state: machine?.state ?? "absent",
      address: machine?.address ?? null,
      docker:
        info === undefined
          ? null
          : { version: info.version, engineId: info.id, tcp: endpoints.get(name) ?? null },
      swarm: machines.get(name) ?? null,
    };
  });
  return {
    schemaVersion: 1,
    name: cluster.name,
    provider: lab.provider.name,
    subnet: cluster.hosts === undefined ? cluster.subnet : null,
    machines: reports,
    swarm,
    faults: await activeFaults(lab),
  };
}

/** Machines whose daemons do not answer are left out. */
async function askAll(its: {
  readonly context: Context;
  readonly lab: Lab;
  readonly connections: Connections;
}): Promise<Seen> {
  const { context, lab } = its;
  const answers = await Promise.all(lab.cluster.machines.map((machine) => ask({ ...its, machine })));
  const engines = new Map(
    answers.flatMap((answer) => (answer ? [[answer.engine.machine, answer.engine] as const] : [])),
  );
  const infos = new Map(
    answers.flatMap((answer) => (answer ? [[answer.engine.machine, answer.info] as const] : [])),
  );
  const memberships = new Map([...infos].map(([name, info]) => [name, info.swarm]));
  return { infos, observed: await withViews({ engines, memberships, signal: context.signal }) };
}

/** Where the Docker APIs answer by TCP as this cluster asks for it, by machine. */
async function openEndpoints(
  { machines, tcp }: Cluster,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    machines.map(async ({ name, address }) => {
      const endpoint = names.includes(name) ? tcpEndpoint(tcp, address) : undefined;
      const isOpen = endpoint !== undefined && (await acceptsTcp(new URL(endpoint)));
      return isOpen ? [[name, endpoint] as const] : [];
    }),
  );
  return new Map(found.flat());
}

interface Answer {
  readonly engine: Engine;
  readonly info: EngineInfo;
}

/** Undefined: the machine does not run, or its daemon does not answer; why not is said. */
async function ask(its: {
  readonly context: Context;
  readonly lab: Lab;
  readonly connections: Connections;
  readonly machine: MachineSpec;
}): Promise<Answer | undefined> {
  const { context, lab, connections, machine } = its;
  if (lab.machines.get(machine.name)?.state !== "running") return undefined;
  try {
    const engine = await connections.engine(lab, machine.name, answerTimeoutMs);
    const info = await engine.request("GET", "/info", {
      timeoutMs: answerTimeoutMs * lab.patience,
      signal: context.signal,
    });
    return { engine, info: parseEngineInfo(info) };
  } catch (error) {
    if (!(error instanceof FailureError) || context.signal.aborted) throw error;
    context.emit({
      type: "note",
      level: "warning",
      text: `${machine.name}: its Docker daemon does not answer (${error.failure.kind}).`,
    });
    return undefined;
  }
}
