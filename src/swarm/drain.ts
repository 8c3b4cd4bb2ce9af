import { textAt, listAt, numberAt } from "../docker/json-fields.ts";
import type { Engine } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import { waitUntil } from "../system/wait-until.ts";
import { findManagers, updateNode, type SwarmTools } from "./manager-api.ts";
import { membershipOf } from "./observe.ts";
import { isServerError } from "./server-error.ts";

/** Tasks have some seconds to end (`stop_grace_period`, 10 s unless a service says otherwise). */
const endTimeoutMs = 60_000;
/** What does not start elsewhere in this time may never: no other machine fits, or the image is not there. */
const moveTimeoutMs = 20_000;

/**
 * Sends a machine's tasks away and waits until none is left on it and those that come in their place have started, as far as they do. Returns what
 * does not run elsewhere; undefined: nothing.
 * @throws FailureError `timeout` with the tasks that are still there
 */
export async function drainNode(machine: string, tools: SwarmTools): Promise<string | undefined> {
  const engine = tools.engines.get(machine);
  if (engine === undefined) throw new Error(`no engine for ${machine}`);
  const { nodeId } = await membershipOf(engine, tools.signal);
  const [manager] = await findManagers(tools, machine);
  const before = (await tasksOf(manager, tools)).filter((task) => isOn(nodeId, task));
  await updateNode(manager, nodeId, (spec) => ({ ...spec, Availability: "drain" }));
  await waitForEnd({ machine, nodeId, tools });
  return waitForMove({ machine, tools, services: new Set(before.map(({ service }) => service)) });
}

interface Task {
  /** `web.1`; of a global service `web`. */
  readonly name: string;
  readonly service: string;
  readonly node: string;
  readonly state: string;
  readonly desired: string;
}

/** States from https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/ that a task does not leave. */
const ended = ["complete", "shutdown", "failed", "rejected", "remove", "orphaned"];

const isOn = (nodeId: string, { node, state }: Task): boolean => node === nodeId && !ended.includes(state);

async function waitForEnd(its: {
  readonly machine: string;
  readonly nodeId: string;
  readonly tools: SwarmTools;
}): Promise<void> {
  const { machine, nodeId, tools } = its;
  let left: readonly Task[] = [];
  await waitUntil(
    {
      ...tools,
      title: `the tasks on ${machine} to end`,
      timeoutMs: endTimeoutMs,
      hint: () => `Still there: ${format(left)}. It gets no new ones; the same command waits again.`,
      isPassing: isServerError,
    },
    async () => {
      const [manager] = await findManagers(tools, machine);
      left = (await tasksOf(manager, tools)).filter((task) => isOn(nodeId, task));
      return left.length === 0 ? true : undefined;
    },
  );
}

async function waitForMove(its: {
  readonly machine: string;
  readonly tools: SwarmTools;
  readonly services: ReadonlySet<string>;
}): Promise<string | undefined> {
  const { machine, tools, services } = its;
  let waiting: readonly Task[] = [];
  try {
    await waitUntil(
      {
        ...tools,
        title: `what ran on ${machine} to run elsewhere`,
        timeoutMs: moveTimeoutMs,
        hint: () => "",
        isPassing: isServerError,
      },
      async () => {
        const [manager] = await findManagers(tools, machine);
        waiting = (await tasksOf(manager, tools)).filter(
          (task) => services.has(task.service) && isWaiting(task),
        );
        return waiting.length === 0 ? true : undefined;
      },
    );
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.kind !== "timeout") throw error;
    return `not running elsewhere: ${format(waiting)}`;
  }
  return undefined;
}

const isWaiting = ({ state, desired }: Task): boolean =>
  ["running", "ready"].includes(desired) && state !== "running" && !ended.includes(state);

const format = (tasks: readonly Task[]): string =>
  tasks.map(({ name, state }) => `${name} (${state})`).join(", ");

async function tasksOf(manager: Engine, { signal }: SwarmTools): Promise<readonly Task[]> {
  const [tasks, services] = await Promise.all(
    ["/tasks", "/services"].map((path) => manager.request("GET", path, { signal })),
  );
  const names = new Map(
    listAt({ all: services }, "all").map((service) => [
      textAt(service, "ID"),
      textAt(service, "Spec", "Name"),
    ]),
  );
  return listAt({ all: tasks }, "all").map((task) => {
    const service = textAt(task, "ServiceID");
    const slot = numberAt(task, "Slot");
    return {
      name: `${names.get(service) ?? service}${slot === undefined ? "" : `.${slot}`}`,
      service,
      node: textAt(task, "NodeID"),
      state: textAt(task, "Status", "State"),
      desired: textAt(task, "DesiredState"),
    };
  });
}
