import { textAt } from "../docker/json-fields.ts";
import type { RemoteResult } from "../remote/remote.ts";
import { converging, failed, type Look } from "./look.ts";
import { isRunning, tasksOf } from "./swarm-tasks.ts";
import type { World } from "./world.ts";

/** Where a command runs: on a machine, in a container there (`node1:web`), or in a running task of a service (`service:web`). */
export const placePattern = /^(?:(?:manager|node)[0-9]*(?::[\w.-]+)?|service:[\w.-]+)$/;

/** Runs a command at a place, whatever its exit code. */
export async function runInside(
  world: World,
  place: string,
  argv: readonly [string, ...string[]],
): Promise<{ readonly result: RemoteResult } | { readonly look: Look }> {
  const [first = "", second] = place.split(":");
  if (first === "service") return runInTask(world, second ?? "", argv);
  if (second === undefined) return { result: await world.run(first, argv) };
  return runInContainer({ world, machine: first, container: second, argv });
}

/** The machine that a place names. */
export function machinesOfPlace(place: string): readonly string[] {
  const [first = ""] = place.split(":");
  return first === "service" ? [] : [first];
}

/** The service or container that a place names. */
export function namesOfPlace(place: string): readonly string[] {
  const [, second] = place.split(":");
  return second === undefined ? [] : [second];
}

async function runInTask(world: World, service: string, argv: readonly [string, ...string[]]) {
  const found = await tasksOf(world, service);
  if ("look" in found) return found;
  const known = new Set(world.cluster.machines.map(({ name }) => name));
  const task = found.tasks.find((candidate) => isRunning(candidate) && known.has(candidate.machine));
  if (task === undefined) {
    const difference = {
      expected: `a running task of ${service} to look from`,
      actual: "there is none",
      where: `on a manager: docker service ps ${service}`,
    };
    return { look: found.tasks.length === 0 ? failed(difference) : converging(difference) };
  }
  return { result: await world.run(task.machine, ["docker", "exec", task.containerId, ...argv]) };
}

async function runInContainer(its: {
  readonly world: World;
  readonly machine: string;
  readonly container: string;
  readonly argv: readonly [string, ...string[]];
}) {
  const { world, machine, container, argv } = its;
  const found = await world.engine(machine, `/containers/${encodeURIComponent(container)}/json`);
  if ("look" in found) return found;
  const state = textAt(found.data, "State", "Status");
  if (state !== "running") {
    const look = failed({
      expected: `a running container ${container} on ${machine}`,
      actual: state === "" ? "there is none" : `it is ${state}`,
      where: `on ${machine}: docker ps -a`,
    });
    return { look };
  }
  return { result: await world.run(machine, ["docker", "exec", container, ...argv]) };
}
