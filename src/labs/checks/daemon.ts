import {
  anything,
  either,
  listOf,
  onOff,
  oneOf,
  type Output,
  record,
  section,
  someOf,
  wholeNumber,
} from "../../cluster/values.ts";
import { textAt } from "../../docker/json-fields.ts";
import { isObject } from "../../docker/json-object.ts";
import { FailureError } from "../../failure.ts";
import { checkHead, type CheckKind, machineName } from "../check-kind.ts";
import { converging, failed, firstUnmet, type Look, pass } from "../look.ts";
import { mismatchOf } from "../match-json.ts";
import { showJson } from "../show-json.ts";
import type { Found, World } from "../world.ts";

const schema = section({
  ...checkHead("daemon"),
  on: either(oneOf("all"), someOf(machineName(), "a list of machines"), "all, or a list of machines").default(
    "all",
  ),
  answers: onOff().default(true),
  /** What the daemon says of its swarm. */
  swarm: oneOf("inactive", "pending", "active", "error", "locked").exactOptional(),
  /** TCP ports that something listens on. */
  ports: listOf(wholeNumber(1, 65535), "a list of ports").default([]),
  /** Part of what `GET /info` answers. */
  match: record(anything(), "a mapping").exactOptional(),
  /** Part of the machine's daemon.json. */
  config: record(anything(), "a mapping").exactOptional(),
});
type Values = Output<typeof schema>;

/** The Docker daemons of machines, each by its own word. */
export const daemonCheck: CheckKind<Values> = {
  schema,
  names: () => [],
  machines: ({ on }) => (on === "all" ? [] : on),
  look: async (values, world) => {
    const machines = values.on === "all" ? world.cluster.machines.map(({ name }) => name) : values.on;
    return firstUnmet(await Promise.all(machines.map((machine) => lookAtDaemon({ machine, values, world }))));
  },
};

interface Seen {
  readonly machine: string;
  readonly values: Values;
  readonly world: World;
}

async function lookAtDaemon({ machine, values, world }: Seen): Promise<Look> {
  const found = values.answers ? await world.engine(machine, "/info") : await infoOrSilence(machine, world);
  const where = `on ${machine}: systemctl status docker`;
  if (!values.answers)
    return found === undefined
      ? pass
      : failed({ expected: `the daemon of ${machine} is stopped`, actual: "it answers", where });
  if (found === undefined || "look" in found) return found?.look ?? pass;
  return firstUnmet([
    lookAtSwarm({ machine, values, info: found.data }),
    lookAtInfo({ machine, values, info: found.data }),
    await lookAtPorts({ machine, values, world }),
    await lookAtConfig({ machine, values, world }),
  ]);
}

/** Silence is what is hoped for here. */
async function infoOrSilence(machine: string, world: World): Promise<Found | undefined> {
  try {
    return await world.engine(machine, "/info");
  } catch (error) {
    if (
      error instanceof FailureError &&
      ["unreachable", "timeout", "not-running"].includes(error.failure.kind)
    )
      return undefined;
    throw error;
  }
}

interface Info {
  readonly machine: string;
  readonly values: Values;
  readonly info: unknown;
}

function lookAtSwarm({ machine, values, info }: Info): Look | undefined {
  const state = textAt(info, "Swarm", "LocalNodeState");
  if (values.swarm === undefined || state === values.swarm) return undefined;
  const error = textAt(info, "Swarm", "Error");
  const difference = {
    expected: `the swarm state of ${machine} is ${values.swarm}`,
    actual: error === "" ? state : `${state}: ${error}`,
    where: `on ${machine}: docker info`,
  };
  return state === "pending" ? converging(difference) : failed(difference);
}

function lookAtInfo({ machine, values, info }: Info): Look | undefined {
  const mismatch = values.match && mismatchOf(values.match, info);
  if (!mismatch) return undefined;
  return failed({
    expected: `${mismatch.path} of ${machine} is ${showJson(mismatch.expected)}`,
    actual: `it is ${showJson(mismatch.actual)}`,
    where: `on ${machine}: docker info`,
  });
}

async function lookAtPorts({ machine, values, world }: Seen): Promise<Look | undefined> {
  if (values.ports.length === 0) return undefined;
  const { stdout } = await world.run(machine, ["ss", "--listening", "--tcp", "--numeric", "--no-header"]);
  const open = new Set(stdout.split("\n").map((line) => Number(/:(\d+)\s/.exec(line)?.[1])));
  const closed = values.ports.find((port) => !open.has(port));
  if (closed === undefined) return undefined;
  return converging({
    expected: `something listens on TCP port ${closed} of ${machine}`,
    actual: "nothing does",
    where: `on ${machine}: ss -ltn`,
  });
}

async function lookAtConfig({ machine, values, world }: Seen): Promise<Look | undefined> {
  if (values.config === undefined) return undefined;
  const { stdout } = await world.run(machine, ["cat", "/etc/docker/daemon.json"]);
  const mismatch = mismatchOf(values.config, parseObject(stdout));
  if (!mismatch) return undefined;
  return failed({
    expected: `${mismatch.path} in daemon.json of ${machine} is ${showJson(mismatch.expected)}`,
    actual: `it is ${showJson(mismatch.actual)}`,
    where: `on ${machine}: cat /etc/docker/daemon.json`,
  });
}

/** A learner's file may be anything; what is no JSON object holds nothing. */
function parseObject(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
