import type { MachineSpec } from "../cluster/cluster.ts";
import type { Engine } from "../docker/engine.ts";
import { runSteps } from "../run-steps.ts";
import { unlockKeyFile } from "../state/lab-files.ts";
import type { Step, StepProgress } from "../steps.ts";
import { applySwarmAction } from "../swarm/apply.ts";
import { awaitNode, knownNodes } from "../swarm/await-node.ts";
import { isManager, membershipOf, observeOnce } from "../swarm/observe.ts";
import { readText } from "../system/files.ts";
import { configureMachine, type MachineWork } from "./configure-machine.ts";
import { openEngines } from "./connections.ts";
import { keepUnlockKeyInTime } from "./keep-unlock-key.ts";

type Engines = ReadonlyMap<string, Engine>;

/**
 * Configures daemons that run and have to be restarted or reloaded for it: one after the other, each when the node of the one before is back in the swarm;
 * a node that no manager knows, or of a swarm without a leader, is not waited for: what is wrong with it is put right afterwards.
 * A daemon that does not come up or refuses runs as before, and those after it are left as they are.
 */
export async function restartDaemons(work: MachineWork, names: ReadonlySet<string>): Promise<void> {
  if (names.size === 0) return;
  const engines = await openEngines(work);
  const observed = await observeOnce(engines, work.context.signal);
  const managers = [...engines.values()].filter(({ machine }) =>
    isManager(observed.memberships.get(machine)),
  );
  await keepUnlockKeyInTime(
    work.context,
    work.lab,
    managers.map((engine) => () => Promise.resolve(engine)),
  );
  const nodes = knownNodes(observed);
  const inOrder = restartOrder(work.lab.cluster.machines).filter(({ name }) => names.has(name));
  const steps = inOrder.map(({ name }): Step => ({
    id: `daemons/${name}`,
    title: name,
    run: (progress) => restartDaemon(work, { name, engines, nodeId: nodes.get(name), progress }),
  }));
  const group: Step = { id: "daemons", title: "Daemons, one after the other", mode: "sequence", steps };
  await runSteps([group], { ...work.context, maxWorkers: 1 });
}

/**
 * Managers last: they keep their majority, and what a worker meets spares them. A manager that is the only one goes first: a daemon asks managers
 * for the overlay networks' peers when it starts, so that the only one, when it starts last, meets none for a minute (`rejoinClusterInterval` in
 * moby's libnetwork/networkdb).
 */
export function restartOrder(machines: readonly MachineSpec[]): readonly MachineSpec[] {
  const managers = machines.filter(({ role }) => role === "manager");
  const workers = machines.filter(({ role }) => role === "worker");
  // The first manager leads more often than not, and each restart of a leader costs an election.
  return managers.length === 1 ? [...managers, ...workers] : [...workers, ...managers.toReversed()];
}

async function restartDaemon(
  work: MachineWork,
  its: {
    readonly name: string;
    readonly engines: Engines;
    /** Undefined: its node is not waited for. */
    readonly nodeId: string | undefined;
    readonly progress: StepProgress;
  },
): Promise<string> {
  const { name, engines, nodeId, progress } = its;
  const { signal } = progress;
  const { text, service } = await configureMachine({ ...work, name, restart: "now", progress });
  // The node of a daemon that was reloaded has not noticed.
  if (nodeId === undefined || service === "reloaded") return text;
  progress.report("waiting for its node");
  await awaitReturn(work, { name, engines, nodeId, signal });
  return text;
}

/** Waits until the node of a machine whose daemon was restarted is back in the swarm, which is unlocked for it. */
export async function awaitReturn(
  work: Pick<MachineWork, "lab" | "context">,
  its: {
    readonly name: string;
    readonly engines: Engines;
    readonly nodeId: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { name, engines, nodeId, signal } = its;
  await unlockIfLocked(work, its);
  await awaitNode({ machine: name, engines, clock: work.context.clock, signal }, nodeId);
}

/** A manager of a swarm with autolock asks for the key at each start. */
async function unlockIfLocked(
  { lab, context }: Pick<MachineWork, "lab" | "context">,
  its: { readonly name: string; readonly engines: Engines; readonly signal: AbortSignal },
): Promise<void> {
  const { name, engines, signal } = its;
  const engine = engines.get(name);
  if (engine === undefined || (await membershipOf(engine, signal)).state !== "locked") return;
  const unlockKey = (await readText(unlockKeyFile(lab.directory)))?.trim() ?? "";
  const tools = { cluster: lab.cluster, engines, clock: context.clock, signal, unlockKey };
  await applySwarmAction({ kind: "unlock", machine: name, reason: "it was restarted" }, tools);
}
