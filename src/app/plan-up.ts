import { certificatesDirectory, ClusterCertificates } from "./cluster-certificates.ts";
import { wishedTcp } from "./configure-machine.ts";
import { wantedDaemonOptions } from "../docker/daemon-config.ts";
import { previewDaemon } from "../docker/ensure-daemon.ts";
import { previewImageCache } from "../docker/ensure-image-cache.ts";
import { planRound, type SwarmWork } from "./form-swarm.ts";
import { describeAction } from "./describe-action.ts";
import type { Lab } from "./open-lab.ts";
import type { Machine } from "../machine/provider.ts";
import type { Engine } from "../docker/engine.ts";

/** One thing `up` would do, with its reason. */
export interface PlannedAction {
  readonly machine: string;
  readonly action: string;
  readonly reason: string;
}

export interface UpPlan {
  readonly schemaVersion: 1;
  readonly actions: readonly PlannedAction[];
  /** What only shows when machines run: their daemons and memberships were not looked at. */
  readonly unseen: readonly string[];
}

/** What `up` would do now. Looks only. `answering`: the engines of machines that are not this program's own, taken into the cluster yet or not. */
export async function planUp(
  work: Omit<SwarmWork, "maxWorkers"> & { readonly answering?: ReadonlyMap<string, Engine> },
): Promise<UpPlan> {
  const machines = [...work.lab.machines.values()];
  const { answering } = work;
  // Machines of others run before they are taken into the cluster.
  const running = answering ? machines : machines.filter(({ state }) => state === "running");
  const daemons = await Promise.all(running.map(({ name }) => daemonAction(work, name)));
  const observed = answering ?? (await enginesOf(work, running));
  const unseen = machines.map(({ name }) => name).filter((name) => !observed.has(name));
  const swarm = observed.size === 0 ? [] : await planRound(work, observed);
  return {
    schemaVersion: 1,
    actions: [
      ...(answering ? [] : machines.flatMap(machineAction)),
      ...daemons.flat(),
      ...(observed.size === 0
        ? firstSwarm(work)
        : swarm.map((action) => ({
            machine: action.machine,
            action: describeAction(action),
            reason: action.reason,
          }))),
      ...removals(work.lab),
    ],
    unseen,
  };
}

async function enginesOf(
  { lab, connections }: Omit<SwarmWork, "maxWorkers">,
  running: readonly Machine[],
): Promise<ReadonlyMap<string, Engine>> {
  const engines = await Promise.all(running.map(({ name }) => connections.engine(lab, name)));
  return new Map(engines.map((engine) => [engine.machine, engine]));
}

async function daemonAction(
  { lab, connections, context }: Omit<SwarmWork, "maxWorkers">,
  name: string,
): Promise<readonly PlannedAction[]> {
  const { cluster } = lab;
  const machine = cluster.machines.find((candidate) => candidate.name === name);
  if (machine === undefined) return [];
  const certificates = new ClusterCertificates(certificatesDirectory(lab), cluster.name);
  const remote = await connections.remote(lab, name);
  const daemon = await previewDaemon({
    remote,
    wanted: wantedDaemonOptions(cluster, machine),
    tcp: wishedTcp(cluster.tcp, machine, () => certificates.preview()),
    signal: context.signal,
  });
  const cache = await previewImageCache({ remote, cluster });
  return [cache, daemon].flatMap((planned) => (planned === undefined ? [] : [{ machine: name, ...planned }]));
}

/** Asked for before, when the swarm has all else. */
function removals({ unasked, provider }: Lab): readonly PlannedAction[] {
  const action = provider.capabilities.ownsMachines
    ? "remove the machine, once its tasks run elsewhere"
    : "take the machine out of the swarm, once its tasks run elsewhere";
  return unasked.map((machine) => ({ machine, action, reason: "it is not asked for any more" }));
}

function machineAction({ name, state, detail }: Machine): readonly PlannedAction[] {
  switch (state) {
    case "running":
      return [];
    case "absent":
    case "creating":
      return [
        {
          machine: name,
          action: "create the machine, configure its Docker daemon",
          reason: state === "absent" ? "it does not exist" : "it was begun and not finished",
        },
      ];
    case "stopped":
      return [{ machine: name, action: "start the machine", reason: "it is stopped" }];
    case "broken":
      return [{ machine: name, action: "make the machine again", reason: detail ?? "it is broken" }];
    case "unreachable":
      return [];
  }
}

/** Without a machine that runs nothing can be asked; when none exists the swarm is sure to be new. */
function firstSwarm({ lab }: Omit<SwarmWork, "maxWorkers">): readonly PlannedAction[] {
  if ([...lab.machines.values()].some(({ state }) => state !== "absent")) return [];
  const [first, ...others] = lab.cluster.machines;
  if (first === undefined) return [];
  return [
    {
      machine: first.name,
      action: describeAction({ kind: "init", machine: first.name, reason: "" }),
      reason: "there is no swarm yet",
    },
    ...others.map(({ name, role }) => ({
      machine: name,
      action: describeAction({ kind: "join", machine: name, role, reason: "" }),
      reason: "it is in no swarm",
    })),
  ];
}
