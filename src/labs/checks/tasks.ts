import { type Output, record, section, text, wholeNumber } from "../../cluster/values.ts";
import { parseNodes } from "../../swarm/parse-swarm.ts";
import { checkHead, type CheckKind } from "../check-kind.ts";
import { converging, type Difference, failed, firstUnmet, type Look } from "../look.ts";
import { areMoving, isRunning, type SwarmTask, tasksOf } from "../swarm-tasks.ts";
import type { World } from "../world.ts";

const count = () => wholeNumber(0).exactOptional();

const schema = section({
  ...checkHead("tasks", { deadline: 30, stable: 2 }),
  service: text(),
  /** Exactly so many run. */
  running: count(),
  /** How many run on which machine; machines that are not named may have any number. */
  on: record(wholeNumber(0), "a mapping of machines to numbers").default({}),
  /** How far the numbers of the machines that are ready and active may lie apart. */
  spread: count(),
  /** The image of every running task, without a digest. */
  image: text().exactOptional(),
  /** At least so many slots have a task that ended and a later one that runs. */
  replaced: count(),
  /** At least so many tasks have done their work and ended well. */
  completed: count(),
  /** At least so many tasks wait for a machine. */
  pending: count(),
  /** Words in what some task says went wrong. */
  error: text().exactOptional(),
});
type Values = Output<typeof schema>;

/** The tasks of a service, one by one: what `service ls` sums up, and later. */
export const tasksCheck: CheckKind<Values> = {
  schema,
  names: ({ service, image }) => [service, ...(image === undefined ? [] : [image])],
  machines: ({ on }) => Object.keys(on),
  look: async (values, world) => {
    const found = await tasksOf(world, values.service);
    if ("look" in found) return found.look;
    const { tasks } = found;
    if (tasks.length === 0)
      return failed({
        expected: `tasks of the service ${values.service}`,
        actual: "there are none",
        where: "on a manager: docker service ls",
      });
    const differ = teller(values, tasks);
    return firstUnmet([
      ...lookAtRunning({ values, tasks, differ }),
      await lookAtSpread({ values, tasks, differ, world }),
      ...lookAtHistory({ values, tasks, differ }),
    ]);
  },
};

type Tell = (expected: string, actual: string) => Look;

interface Seen {
  readonly values: Values;
  readonly tasks: readonly SwarmTask[];
  readonly differ: Tell;
}

function teller({ service }: Values, tasks: readonly SwarmTask[]): Tell {
  const isMoving = areMoving(tasks);
  const obstacle = tasks.find(({ desired, error }) => desired === "running" && error !== "")?.error;
  return (expected, actual) => {
    const difference: Difference = {
      expected,
      actual: obstacle === undefined ? actual : `${actual}; a task says: ${obstacle}`,
      where: `on a manager: docker service ps --no-trunc ${service}`,
    };
    return isMoving ? converging(difference) : failed(difference);
  };
}

function lookAtRunning({ values, tasks, differ }: Seen): readonly (Look | undefined)[] {
  const running = tasks.filter(isRunning);
  const { service, image } = values;
  const other = running.find((task) => image !== undefined && task.image !== image);
  return [
    values.running === undefined || running.length === values.running
      ? undefined
      : differ(`${values.running} running tasks of ${service}`, `${running.length} run`),
    ...Object.entries(values.on).map(([machine, wanted]) => {
      const here = running.filter((task) => task.machine === machine).length;
      return here === wanted
        ? undefined
        : differ(`${wanted} running tasks of ${service} on ${machine}`, `${here} run there`);
    }),
    other === undefined
      ? undefined
      : differ(
          `every running task of ${service} has the image ${image ?? ""}`,
          `one on ${other.machine} has ${other.image}`,
        ),
  ];
}

async function lookAtSpread({
  values,
  tasks,
  differ,
  world,
}: Seen & { readonly world: World }): Promise<Look | undefined> {
  const { spread, service } = values;
  if (spread === undefined) return undefined;
  const found = await world.swarm("/nodes");
  if ("look" in found) return found.look;
  const machines = parseNodes(found.data)
    .filter(({ state, availability }) => state === "ready" && availability === "active")
    .map(({ hostname }) => hostname);
  const counts = machines.map(
    (machine) => tasks.filter((task) => isRunning(task) && task.machine === machine).length,
  );
  if (Math.max(...counts) - Math.min(...counts) <= spread) return undefined;
  const actual = machines.map((machine, index) => `${machine} ${counts[index] ?? 0}`).join(", ");
  return differ(`the tasks of ${service} are spread, at most ${spread} apart`, actual);
}

function lookAtHistory({ values, tasks, differ }: Seen): readonly (Look | undefined)[] {
  const { service, replaced, completed, pending, error } = values;
  const counts = {
    replaced: new Set(tasks.filter((task) => wasReplaced(task, tasks)).map(({ slot }) => slot)).size,
    completed: tasks.filter(({ state }) => state === "complete").length,
    pending: tasks.filter(({ state, desired }) => state === "pending" && desired === "running").length,
  };
  const atLeast = (wanted: number | undefined, actual: number, what: string) =>
    wanted === undefined || actual >= wanted
      ? undefined
      : differ(`${wanted} or more ${what}`, String(actual));
  return [
    atLeast(replaced, counts.replaced, `tasks of ${service} that ended and were replaced`),
    atLeast(completed, counts.completed, `tasks of ${service} that are complete`),
    atLeast(pending, counts.pending, `tasks of ${service} that wait for a machine`),
    error === undefined || tasks.some((task) => task.error.includes(error))
      ? undefined
      : differ(`a task of ${service} that says: ${error}`, "none says so"),
  ];
}

function wasReplaced(task: SwarmTask, tasks: readonly SwarmTask[]): boolean {
  const isOver = ["failed", "shutdown", "rejected", "orphaned", "complete", "remove"].includes(task.state);
  return isOver && tasks.some((other) => other.slot === task.slot && isRunning(other));
}
