import type { Random } from "../support/random.ts";
import { namesIn, rolesOf, withStates, type World } from "./world.ts";

/** What is done to a cluster. */
export type Act =
  /** A call that ends with one of these exit codes. */
  | { readonly kind: "call"; readonly args: readonly string[]; readonly exitCodes: readonly number[] }
  /** A call with `--json` that gets SIGKILL some time after this stood on its stderr; one that ends before has to succeed. */
  | {
      readonly kind: "kill";
      readonly args: readonly string[];
      readonly after: string;
      readonly delayMs: number;
    }
  /** The process that holds the machine is killed from outside. */
  | { readonly kind: "die"; readonly machine: string };

/** One thing that is done, and what should be there afterwards. */
export interface ChaosStep {
  readonly title: string;
  readonly act: Act;
  readonly world: World;
  /** What swarmlab.yaml asks for at the act; default: its counts in the world afterwards. */
  readonly asks?: Pick<World, "managers" | "workers">;
}

/** A row of the table of all that can happen to a cluster. */
export interface Operation {
  readonly name: string;
  /** How often it is chosen, compared with the others. */
  readonly weight: number;
  /** Undefined: it makes no sense in this world. */
  readonly plan: (world: World, random: Random) => ChaosStep | undefined;
}

const mostMachines = 4;
/** The NDJSON of a step that begins; of a whole command when it has looked at what is there. */
const began = (step: string): string =>
  step === "the work" ? `"type":"steps"` : `${step}","state":"started"`;
const momentsOfUp = ["the work", "prepare", "create", "ssh", "docker", "swarm", "verify"];

const lifeOperations: readonly Operation[] = [
  { name: "up", weight: 3, plan: (world) => unbroken(world) && call("up", allRunning(world)) },
  {
    name: "grow",
    weight: 2,
    plan: (world) => {
      const grown = unbroken(grow(world));
      return grown && { ...call("up", allRunning(grown)), title: `up with ${grown.workers} workers` };
    },
  },
  {
    name: "halt",
    weight: 2,
    plan: (world) =>
      call(
        "halt",
        withStates(world, (state) => (state === "running" ? "stopped" : state)),
      ),
  },
  {
    name: "destroy",
    weight: 1,
    plan: (world) =>
      call(
        "destroy --yes",
        withStates(world, () => "absent"),
      ),
  },
  {
    name: "machine dies",
    weight: 2,
    plan: (world, random) => {
      const running = namesIn(world, "running");
      return running.length === 0 ? undefined : die(world, random.pick(running));
    },
  },
  {
    name: "kill up",
    weight: 3,
    plan: (world, random) => unbroken(world) && kill("up", world, { random, moments: momentsOfUp }),
  },
  {
    name: "kill growing up",
    weight: 2,
    plan: (world, random) => {
      const grown = unbroken(grow(world));
      return grown && kill("up", grown, { random, moments: momentsOfUp });
    },
  },
  {
    name: "kill halt",
    weight: 2,
    plan: (world, random) =>
      namesIn(world, "running").length === 0 ? undefined : kill("halt", world, { random, moments: ["halt"] }),
  },
  {
    name: "kill destroy",
    weight: 2,
    plan: (world, random) => kill("destroy --yes", world, { random, moments: ["destroy"] }),
  },
];

const nodeOperations: readonly Operation[] = [
  {
    name: "node add",
    weight: 2,
    plan: (world) => {
      const grown = unbroken(grow(world));
      return grown && { ...call("node add --worker", allRunning(grown)), asks: world };
    },
  },
  {
    name: "kill node add",
    weight: 1,
    plan: (world, random) => {
      const grown = unbroken(grow(world));
      return grown && { ...kill("node add --worker", grown, { random, moments: momentsOfUp }), asks: world };
    },
  },
];

/** On a cluster that is whole. */
const wholeOperations: readonly Operation[] = [
  {
    name: "node remove",
    weight: 2,
    plan: (world) => {
      const last = `node${world.workers}`;
      if (world.workers === 0 || !isWhole(world)) return undefined;
      const states = { ...world.states, [last]: "absent" as const };
      return {
        ...call(`node remove ${last} --yes`, { ...world, workers: world.workers - 1, states }),
        asks: world,
      };
    },
  },
  { name: "reset", weight: 2, plan: (world) => (isWhole(world) ? call("reset --yes", world) : undefined) },
  {
    name: "kill reset",
    weight: 1,
    plan: (world, random) =>
      isWhole(world) ? kill("reset --yes", world, { random, moments: ["the work"] }) : undefined,
  },
];

/** `up` ends these; the others it leaves, and cannot go on with some of them. */
const lifeFaults = ["kill", "stop", "pause"];

const faultOperations: readonly Operation[] = [
  {
    name: "fault inject",
    weight: 5,
    plan: (world, random) => {
      const fault = pickFault(world, random);
      return fault === undefined ? undefined : call(`fault inject ${fault}`, withFault(world, fault));
    },
  },
  {
    name: "kill fault inject",
    weight: 1,
    plan: (world, random) => {
      const fault = pickFault(world, random);
      return fault === undefined
        ? undefined
        : kill(`fault inject ${fault}`, withFault(world, fault), { random, moments: ["the work"] });
    },
  },
  {
    name: "fault heal",
    weight: 2,
    plan: (world) => call("fault heal --all", { ...withStates(world, () => "unsure"), hasFaults: false }),
  },
  {
    name: "kill fault heal",
    weight: 4,
    plan: (world, random) =>
      world.hasFaults ? kill("fault heal --all", world, { random, moments: ["the work"] }) : undefined,
  },
];

/** Everything that can happen. */
export const operations: readonly Operation[] = [
  ...lifeOperations,
  ...nodeOperations,
  ...wholeOperations,
  ...faultOperations,
];

/** Undefined: not all machines run for sure, or something is broken already. */
function pickFault(world: World, random: Random): string | undefined {
  if (!isWhole(world)) return undefined;
  const names = [...rolesOf(world).keys()];
  const machine = random.pick(names);
  const others = names.filter((name) => name !== machine);
  const kinds = [
    ...lifeFaults.map((kind) => `${kind} ${machine}`),
    ...(others.length === 0 ? [] : [`isolate ${machine}`]),
    "block 4789/udp",
    `slow --on ${machine} --rate 1mbit`,
    ...(others.length === 0 ? [] : [`partition ${machine} ${others.join(",")}`]),
  ];
  return random.pick(kinds);
}

function isWhole(world: World): boolean {
  return !world.hasFaults && [...rolesOf(world).keys()].every((name) => world.states[name] === "running");
}

function withFault(world: World, fault: string): World {
  const isOfLife = lifeFaults.some((kind) => fault.startsWith(`${kind} `));
  return { ...withStates(world, () => "unsure"), hasFaults: !isOfLife };
}

const unbroken = (world: World | undefined): World | undefined =>
  world?.hasFaults === true ? undefined : world;

function call(command: string, world: World): ChaosStep {
  return { title: command, act: { kind: "call", args: command.split(" "), exitCodes: [0] }, world };
}

function kill(
  command: string,
  world: World,
  { random, moments }: { readonly random: Random; readonly moments: readonly string[] },
): ChaosStep {
  const moment = random.pick(moments);
  const delayMs = random.below(2) * random.below(400);
  const args = [...command.split(" "), "--json"];
  const title = `kill -9 of ${command} (${world.managers}+${world.workers}) ${delayMs} ms after ${moment} began`;
  const act: Act = { kind: "kill", args, after: began(moment), delayMs };
  return { title, act, world: withStates(world, () => "unsure") };
}

function die(world: World, machine: string): ChaosStep {
  const states = { ...world.states, [machine]: "stopped" as const };
  return { title: `${machine} dies`, act: { kind: "die", machine }, world: { ...world, states } };
}

/** Undefined: it is large enough for a test. */
function grow(world: World): World | undefined {
  return rolesOf(world).size < mostMachines ? { ...world, workers: world.workers + 1 } : undefined;
}

const allRunning = (world: World): World => withStates(world, () => "running");
