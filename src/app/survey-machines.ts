import type { MachineSpec } from "../cluster/cluster.ts";
import type { Context } from "../context.ts";
import { type DockerLook, observeDocker } from "../docker/await-engine.ts";
import { wantedDaemonOptions } from "../docker/daemon-config.ts";
import { isUp } from "../docker/docker-observation.ts";
import { parseEngineInfo } from "../docker/engine-info.ts";
import type { Engine } from "../docker/engine.ts";
import { requireUniqueIds } from "../docker/ensure-engine-identity.ts";
import { previewDaemon } from "../docker/ensure-daemon.ts";
import { FailureError } from "../failure.ts";
import { judgeMachines } from "../swarm/judge-machines.ts";
import type { Observed } from "../swarm/membership.ts";
import { observeSwarm } from "../swarm/observe.ts";
import { ourSwarm } from "../swarm/our-swarm.ts";
import { certificatesDirectory, ClusterCertificates } from "./cluster-certificates.ts";
import { wishedTcp } from "./configure-machine.ts";
import type { Connections } from "./connections.ts";
import type { Lab } from "./open-lab.ts";

interface Survey {
  readonly context: Context;
  /** Every machine of it answers, those that are not taken into it yet included. */
  readonly lab: Lab;
  readonly connections: Pick<Connections, "remote" | "engine">;
  /** Leave swarms that are not this cluster's. */
  readonly force: boolean;
}

/**
 * Looks whether machines of others can be taken into the cluster, before anything of theirs is touched: whether they are in another swarm, whether
 * their daemons' own options go with the wanted ones, whether engine IDs are unique. Returns the engines that answer.
 * @throws FailureError `foreign-swarm`, `verify`; as `previewDaemon`
 */
export async function surveyMachines(survey: Survey): Promise<ReadonlyMap<string, Engine>> {
  const { context, lab } = survey;
  const { machines, tcp } = lab.cluster;
  const looks = await Promise.all(machines.map((machine) => lookAt(survey, machine)));
  const engines = new Map(looks.flatMap(({ engine }) => (engine ? [[engine.machine, engine] as const] : [])));
  await refuseForeign(survey, engines);
  await refuseSharedIds(context, engines);
  const certificates = new ClusterCertificates(certificatesDirectory(lab), lab.cluster.name);
  await Promise.all(
    looks.map(async ({ machine, seen }) =>
      previewDaemon({
        machine: machine.name,
        seen,
        wanted: wantedDaemonOptions(lab.cluster, machine),
        tcp: wishedTcp(tcp, machine, () => certificates.preview()),
      }),
    ),
  );
  return engines;
}

interface Look {
  readonly machine: MachineSpec;
  readonly seen: DockerLook;
  /** Undefined: it has none, or its daemon does not run or does not answer. */
  readonly engine?: Engine;
}

async function lookAt({ context, lab, connections }: Survey, machine: MachineSpec): Promise<Look> {
  const seen = await observeDocker(await connections.remote(lab, machine.name), context);
  if (!seen.observation || !isUp(seen.observation)) return { machine, seen };
  return { machine, seen, engine: await connections.engine(lab, machine.name) };
}

async function refuseForeign(
  { context, lab, force }: Survey,
  engines: ReadonlyMap<string, Engine>,
): Promise<void> {
  const { cluster } = lab;
  const observed = await observeSwarm({ engines, clock: context.clock, signal: context.signal });
  const standings = judgeMachines({ cluster, observed, swarm: ourSwarm(cluster, observed) });
  const foreign = [...standings].flatMap(([{ name }, standing]) => {
    const why = standing.kind === "foreign" ? standing.why : whyUntold(lab, name, observed);
    return why === undefined ? [] : [{ name, why }];
  });
  if (foreign.length === 0 || force) return;
  throw new FailureError({
    kind: "foreign-swarm",
    machines: foreign.map(({ name }) => name),
    why: foreign.map(({ name, why }) => `${name}: ${why}`).join("; "),
  });
}

/** A daemon that cannot open its swarm does not tell whose it is: on a machine that is new to the cluster it is not the cluster's. */
function whyUntold({ machines }: Lab, name: string, { memberships }: Observed): string | undefined {
  const membership = memberships.get(name);
  return membership?.state === "error" && machines.get(name)?.state === "absent"
    ? `it is in a swarm that its daemon cannot open (${membership.error})`
    : undefined;
}

async function refuseSharedIds(context: Context, engines: ReadonlyMap<string, Engine>): Promise<void> {
  const ids = new Map(
    await Promise.all(
      [...engines].map(async ([name, engine]) => {
        const info = await engine.request("GET", "/info", { signal: context.signal });
        return [name, parseEngineInfo(info).id] as const;
      }),
    ),
  );
  requireUniqueIds(ids);
}
