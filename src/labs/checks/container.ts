import { anything, listOf, onOff, type Output, record, section, someOf, text } from "../../cluster/values.ts";
import { listAt, textAt } from "../../docker/json-fields.ts";
import { checkHead, type CheckKind, machineName } from "../check-kind.ts";
import { converging, failed, firstUnmet, type Look } from "../look.ts";
import { mismatchOf } from "../match-json.ts";
import { runInside } from "../run-inside.ts";
import { showJson } from "../show-json.ts";
import { areMoving, isRunning, tasksOf } from "../swarm-tasks.ts";
import type { Found, World } from "../world.ts";

const schema = section({
  ...checkHead("container"),
  /** The machine; left out: that of a running task of `service`. */
  on: machineName().exactOptional(),
  name: text().exactOptional(),
  service: text().exactOptional(),
  exists: onOff().default(true),
  running: onOff().default(true),
  /** Words that no variable of its environment may contain. */
  "env-lacks": listOf(text(), "a list of words").default([]),
  /** A command to run in it, which must succeed … */
  exec: someOf(text(), "a command as a list of words").exactOptional(),
  /** … and print this. */
  output: text().exactOptional(),
  /** Part of what `GET /containers/NAME/json` answers. */
  match: record(anything(), "a mapping").exactOptional(),
});
type Values = Output<typeof schema>;

/** One container, by name on a machine or as a running task of a service; give exactly one of the two. */
export const containerCheck: CheckKind<Values> = {
  schema,
  names: ({ name, service }) => [name, service].filter((each) => each !== undefined),
  machines: ({ on }) => (on === undefined ? [] : [on]),
  look: async (values, world) => {
    const place = await findContainer(values, world);
    if ("look" in place) return place.look;
    const { machine, container } = place;
    const found = await inspect(world, place);
    if ("look" in found) return found.look;
    const where = `on ${machine}: docker ps -a`;
    const what = `${values.name ?? `task of ${values.service ?? ""}`} on ${machine}`;
    if (!values.exists)
      return found.data === undefined
        ? { state: "pass" }
        : failed({ expected: `no container ${what}`, actual: "it is there", where });
    if (found.data === undefined)
      return failed({ expected: `a container ${what}`, actual: "there is none", where });
    const state = textAt(found.data, "State", "Status");
    if ((state === "running") !== values.running) {
      const difference = {
        expected: `${what} is ${values.running ? "running" : "stopped"}`,
        actual: `it is ${state}`,
        where,
      };
      return ["created", "restarting", "removing"].includes(state)
        ? converging(difference)
        : failed(difference);
    }
    const seen = firstUnmet([
      ...lookAtFacts({ values, data: found.data, what, place }),
      await lookInside({ values, world, what, place: `${machine}:${container}` }),
    ]);
    return seen.state === "fail" && place.mayGo === true ? { ...seen, state: "converging" } : seen;
  },
};

interface Place {
  readonly machine: string;
  readonly container: string;
  /** Tasks of its service start or stop: soon another container may be there. */
  readonly mayGo?: boolean;
}

const inspect = (world: World, { machine, container }: Place): Promise<Found> =>
  world.engine(machine, `/containers/${encodeURIComponent(container)}/json`);

async function findContainer(
  { on, name, service }: Values,
  world: World,
): Promise<Place | { readonly look: Look }> {
  if (service === undefined) return { machine: on ?? "manager", container: name ?? "" };
  const found = await tasksOf(world, service);
  if ("look" in found) return found;
  const known = world.cluster.machines.map((machine) => machine.name);
  const task = found.tasks.find(
    (candidate) =>
      isRunning(candidate) &&
      known.includes(candidate.machine) &&
      (on === undefined || candidate.machine === on),
  );
  if (task !== undefined)
    return { machine: task.machine, container: task.containerId, mayGo: areMoving(found.tasks) };
  const difference = {
    expected: `a running task of ${service}${on === undefined ? "" : ` on ${on}`}`,
    actual: "there is none",
    where: `on a manager: docker service ps ${service}`,
  };
  return { look: found.tasks.length === 0 ? failed(difference) : converging(difference) };
}

function lookAtFacts(its: {
  readonly values: Values;
  readonly data: unknown;
  readonly what: string;
  readonly place: Place;
}): readonly (Look | undefined)[] {
  const { values, data, what, place } = its;
  const where = `on ${place.machine}: docker inspect ${values.name ?? place.container.slice(0, 12)}`;
  const leak = listAt(data, "Config", "Env")
    .map(String)
    .find((line) => values["env-lacks"].some((words) => line.includes(words)));
  const mismatch = values.match && mismatchOf(values.match, data);
  return [
    leak === undefined
      ? undefined
      : failed({
          expected: `nothing of it in the environment of ${what}`,
          actual: `${leak.split("=")[0] ?? ""} holds it`,
          where,
        }),
    mismatch &&
      failed({
        expected: `${mismatch.path} of ${what} is ${showJson(mismatch.expected)}`,
        actual: `it is ${showJson(mismatch.actual)}`,
        where,
      }),
  ];
}

async function lookInside(its: {
  readonly values: Values;
  readonly world: World;
  readonly what: string;
  readonly place: string;
}): Promise<Look | undefined> {
  const { values, world, what, place } = its;
  const [program, ...args] = values.exec ?? [];
  if (program === undefined) return undefined;
  const ran = await runInside(world, place, [program, ...args]);
  if ("look" in ran) return ran.look;
  const { exitCode, stdout, stderr } = ran.result;
  const command = [program, ...args].join(" ");
  const where = `in ${what}: ${command}`;
  if (exitCode !== 0)
    return failed({
      expected: `${command} succeeds`,
      actual: showJson(stderr || `exit code ${exitCode ?? "none"}`),
      where,
    });
  if (values.output === undefined || stdout.includes(values.output)) return undefined;
  return failed({
    expected: `${command} prints ${showJson(values.output)}`,
    actual: `it prints ${showJson(stdout)}`,
    where,
  });
}
