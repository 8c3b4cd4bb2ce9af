import { anything, onOff, oneOf, type Output, record, section, someOf, text } from "../../cluster/values.ts";
import { listAt, textAt } from "../../docker/json-fields.ts";
import { swarmFacts } from "../baseline.ts";
import { checkHead, type CheckKind } from "../check-kind.ts";
import { failed, firstUnmet, type Look, pass } from "../look.ts";
import { mismatchOf } from "../match-json.ts";
import { showJson } from "../show-json.ts";
import type { World } from "../world.ts";

const schema = section({
  ...checkHead("swarm"),
  /** What must differ from what it was when the lab was started. `members`: no machine is the node it was then. */
  changed: someOf(
    oneOf("id", "worker-token", "manager-token", "ca", "members"),
    "a list of what has changed",
  ).default([]),
  /** What must be as it was when the lab was started. */
  kept: someOf(
    oneOf("id", "worker-token", "manager-token", "ca", "members"),
    "a list of what is kept",
  ).default([]),
  config: text().exactOptional(),
  /** The content of the config. */
  data: text().exactOptional(),
  secret: text().exactOptional(),
  /** Whether the config or the secret is there. */
  exists: onOff().default(true),
  /** Part of what `GET /swarm` answers. */
  match: record(anything(), "a mapping").exactOptional(),
});
type Values = Output<typeof schema>;
type Fact = Values["changed"][number];

/** The swarm itself: its identity against that of the start, its configs and secrets. Passes as soon as there is one, if nothing else is asked. */
export const swarmCheck: CheckKind<Values> = {
  schema,
  names: ({ config, secret }) => [config, secret].filter((name) => name !== undefined),
  machines: () => [],
  look: async (values, world) => {
    const isOnlyMembers = values.changed.length === 1 && values.changed[0] === "members";
    const found = isOnlyMembers ? { data: undefined } : await world.swarm("/swarm");
    if ("look" in found) return found.look;
    return firstUnmet([
      ...(await Promise.all(
        values.changed.map((fact) => lookAtFact({ fact, wanted: "changed", swarm: found.data, world })),
      )),
      ...(await Promise.all(
        values.kept.map((fact) => lookAtFact({ fact, wanted: "kept", swarm: found.data, world })),
      )),
      await lookAtConfig(values, world),
      await lookAtSecret(values, world),
      lookAtMatch(values, found.data),
    ]);
  },
};

async function lookAtFact(its: {
  readonly fact: Fact;
  readonly wanted: "changed" | "kept";
  readonly swarm: unknown;
  readonly world: World;
}): Promise<Look> {
  const { fact, wanted, swarm, world } = its;
  if (fact === "members") return lookAtMembers(wanted, world);
  const isSame = swarmFacts(swarm)[factKeys[fact]] === world.attempt.baseline[factKeys[fact]];
  if (isSame === (wanted === "kept")) return pass;
  return failed({
    expected: `${factWords[fact]} is ${wanted === "kept" ? "the one from" : "another than at"} the start of this lab`,
    actual: isSame ? "it is still the same" : "it is another one",
    where: "on a manager: docker info",
  });
}

const factKeys = {
  id: "clusterId",
  "worker-token": "workerTokenHash",
  "manager-token": "managerTokenHash",
  ca: "trustRootHash",
} as const;

const factWords = {
  id: "the swarm's ID",
  "worker-token": "the workers' join token",
  "manager-token": "the managers' join token",
  ca: "the swarm's root certificate",
} as const;

async function lookAtMembers(wanted: "changed" | "kept", world: World): Promise<Look> {
  const { nodeIds } = world.attempt.baseline;
  for (const { name } of world.cluster.machines) {
    const info = await world.engine(name, "/info");
    if ("look" in info) return info.look;
    const isSame = textAt(info.data, "Swarm", "NodeID") === nodeIds[name];
    if (isSame === (wanted === "kept")) continue;
    return failed({
      expected:
        wanted === "kept"
          ? `${name} is still the node it was at the start`
          : `${name} has left the old swarm`,
      actual: wanted === "kept" ? "it is not" : "it is still the same node as at the start of this lab",
      where: `on ${name}: docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.NodeID}}'`,
    });
  }
  return pass;
}

async function lookAtConfig({ config, data, exists }: Values, world: World): Promise<Look | undefined> {
  if (config === undefined) return undefined;
  const found = await lookUp(world, "/configs", config);
  if ("look" in found) return found.look;
  const where = "on a manager: docker config ls";
  const unmet = lookForThing({
    what: `a config ${config}`,
    isThere: found.data !== undefined,
    exists,
    where,
  });
  if (unmet !== undefined || data === undefined || !exists) return unmet;
  const actual = Buffer.from(textAt(found.data, "Spec", "Data"), "base64").toString();
  if (actual.trimEnd() === data.trimEnd()) return undefined;
  return failed({
    expected: `the config ${config} holds ${showJson(data)}`,
    actual: `it holds ${showJson(actual)}`,
    where: `on a manager: docker config inspect --pretty ${config}`,
  });
}

async function lookAtSecret({ secret, exists }: Values, world: World): Promise<Look | undefined> {
  if (secret === undefined) return undefined;
  const found = await lookUp(world, "/secrets", secret);
  if ("look" in found) return found.look;
  const where = "on a manager: docker secret ls";
  return lookForThing({ what: `a secret ${secret}`, isThere: found.data !== undefined, exists, where });
}

function lookForThing(its: {
  readonly what: string;
  readonly isThere: boolean;
  readonly exists: boolean;
  readonly where: string;
}): Look | undefined {
  const { what, isThere, exists, where } = its;
  if (isThere === exists) return undefined;
  return exists
    ? failed({ expected: `there is ${what}`, actual: "there is none", where })
    : failed({ expected: `there is no ${what.replace(/^an? /, "")}`, actual: "it is there", where });
}

/** The API looks up by ID too; a name must fit exactly. */
async function lookUp(world: World, path: string, name: string) {
  const found = await world.swarm(path);
  if ("look" in found) return found;
  const data = listAt({ all: found.data }, "all").find((thing) => textAt(thing, "Spec", "Name") === name);
  return { data };
}

function lookAtMatch({ match }: Values, swarm: unknown): Look | undefined {
  const mismatch = match && mismatchOf(match, swarm);
  if (!mismatch) return undefined;
  return failed({
    expected: `${mismatch.path} of the swarm is ${showJson(mismatch.expected)}`,
    actual: `it is ${showJson(mismatch.actual)}`,
    where: "on a manager: docker info",
  });
}
