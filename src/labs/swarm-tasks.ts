import { fieldAt, listAt, numberAt, textAt } from "../docker/json-fields.ts";
import type { Look } from "./look.ts";
import type { World } from "./world.ts";

/** A task of a service, in the parts that checks read. */
export interface SwarmTask {
  readonly id: string;
  /** Host name of its node; empty while it has none. */
  readonly machine: string;
  /** The slot of a replica; the node's ID for a global service. */
  readonly slot: string;
  readonly state: string;
  readonly desired: string;
  readonly error: string;
  /** Without a digest. */
  readonly image: string;
  /** When it got into its state, ISO 8601. */
  readonly since: string;
  readonly containerId: string;
  /** IPv4 addresses on its networks. */
  readonly addresses: readonly string[];
  /** It has no node, and there are some that the leader does not know yet. */
  readonly awaitsNode: boolean;
}

/** The tasks of a service, finished ones included; empty where there is no such service. */
export async function tasksOf(
  world: World,
  service: string,
): Promise<{ readonly tasks: readonly SwarmTask[] } | { readonly look: Look }> {
  const filters = encodeURIComponent(JSON.stringify({ service: [service] }));
  // The API refuses a filter by a service that is not there.
  const found = await world.swarm(`/services/${encodeURIComponent(service)}`);
  if ("look" in found) return found;
  if (found.data === undefined) return { tasks: [] };
  const [tasks, nodes] = await Promise.all([world.swarm(`/tasks?filters=${filters}`), world.swarm("/nodes")]);
  if ("look" in tasks) return tasks;
  if ("look" in nodes) return nodes;
  const known = listAt({ all: nodes.data }, "all");
  const machines = new Map(
    known.map((node) => [textAt(node, "ID"), textAt(node, "Description", "Hostname")]),
  );
  // To a new leader nodes are unknown until they have found it.
  const mayTurnUp = known.some((node) => textAt(node, "Status", "State") === "unknown");
  return {
    tasks: listAt({ all: tasks.data }, "all").map((task) => parseTask(task, { machines, mayTurnUp })),
  };
}

/** Wanted to run, and running. */
export const isRunning = ({ state, desired }: SwarmTask): boolean =>
  state === "running" && desired === "running";

/** On its way to running. */
function isStarting({ state, desired, error, awaitsNode }: SwarmTask): boolean {
  const early = ["new", "pending", "assigned", "accepted", "preparing", "ready", "starting"];
  return (
    (desired === "running" || desired === "ready") && early.includes(state) && (error === "" || awaitsNode)
  );
}

/** While a task starts or stops, what is seen may change by itself. */
export const areMoving = (tasks: readonly SwarmTask[]): boolean =>
  tasks.some((task) => isStarting(task) || (task.state === "running" && task.desired !== "running"));

function parseTask(
  task: unknown,
  { machines, mayTurnUp }: { readonly machines: ReadonlyMap<string, string>; readonly mayTurnUp: boolean },
): SwarmTask {
  const nodeId = textAt(task, "NodeID");
  const machine = machines.get(nodeId) ?? "";
  const slot = numberAt(task, "Slot");
  return {
    id: textAt(task, "ID"),
    machine,
    slot: slot === undefined ? nodeId : String(slot),
    state: textAt(task, "Status", "State"),
    desired: textAt(task, "DesiredState"),
    error: textAt(task, "Status", "Err"),
    image: textAt(task, "Spec", "ContainerSpec", "Image").replace(/@.*$/, ""),
    since: textAt(task, "Status", "Timestamp"),
    containerId: textAt(task, "Status", "ContainerStatus", "ContainerID"),
    addresses: listAt(task, "NetworksAttachments")
      // Every published task is on the ingress network as well, which no name leads to.
      .filter((attachment) => fieldAt(attachment, "Network", "Spec", "Ingress") !== true)
      .flatMap((attachment) => listAt(attachment, "Addresses"))
      .map((address) => String(address).replace(/\/\d+$/, "")),
    awaitsNode: mayTurnUp && machine === "",
  };
}
