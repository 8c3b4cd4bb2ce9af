import {
  either,
  listOf,
  oneOf,
  type Output,
  record,
  section,
  text,
  wholeNumber,
  onOff,
} from "../../cluster/values.ts";
import type { NodeView } from "../../swarm/membership.ts";
import { parseNodes } from "../../swarm/parse-swarm.ts";
import { checkHead, type CheckKind, machineName } from "../check-kind.ts";
import { converging, failed, firstUnmet, type Look } from "../look.ts";
import type { World } from "../world.ts";

const schema = section({
  ...checkHead("nodes"),
  /** Machines to look at. */
  nodes: either(
    oneOf("all"),
    listOf(machineName(), "a list of machines"),
    "all, or a list of machines",
  ).default("all"),
  state: oneOf("ready", "down", "unknown", "disconnected").default("ready"),
  role: oneOf("manager", "worker").exactOptional(),
  availability: oneOf("active", "pause", "drain").exactOptional(),
  labels: record(text(), "a mapping of labels to text").exactOptional(),
  "own-address": onOff().default(false),
  managers: wholeNumber(0).exactOptional(),
  leader: machineName().exactOptional(),
  "leader-not": machineName().exactOptional(),
  absent: listOf(machineName(), "a list of machines").default([]),
});
type Values = Output<typeof schema>;

const where = "on a manager: docker node ls";

/** The nodes as a manager lists them, by host name. */
export const nodesCheck: CheckKind<Values> = {
  schema,
  names: ({ labels }) => Object.keys(labels ?? {}),
  machines: ({ nodes, absent, leader }) => [
    ...(nodes === "all" ? [] : nodes),
    ...absent,
    ...(leader === undefined ? [] : [leader]),
  ],
  look: async (values, world) => {
    const found = await world.swarm("/nodes");
    if ("look" in found) return found.look;
    const nodes = parseNodes(found.data);
    const names = values.nodes === "all" ? world.cluster.machines.map(({ name }) => name) : values.nodes;
    return firstUnmet([
      ...names.map((name) => lookAtNode({ name, nodes, values, world })),
      ...values.absent.map((name) => lookForNone(name, nodes)),
      lookAtManagers(values, nodes),
      lookAtLeader(values, nodes),
    ]);
  },
};

function lookAtNode(its: {
  readonly name: string;
  readonly nodes: readonly NodeView[];
  readonly values: Values;
  readonly world: World;
}): Look | undefined {
  const { name, nodes, values, world } = its;
  const entries = nodes.filter(({ hostname }) => hostname === name);
  const node = entries.find(({ state }) => state === values.state) ?? entries[0];
  const differ = (expected: string, actual: string) => ({
    expected: `${name} ${expected}`,
    actual: `it ${actual}`,
    where,
  });
  if (node === undefined) return failed(differ("is a node of the swarm", "is not in the list of nodes"));
  if (node.state !== values.state) return converging(differ(`is ${values.state}`, `is ${node.state}`));
  if (values.role !== undefined && node.role !== values.role)
    return failed(differ(`is a ${values.role}`, `is a ${node.role}`));
  if (values.availability !== undefined && node.availability !== values.availability)
    return failed(differ(`has the availability ${values.availability}`, `has ${node.availability}`));
  const address = world.cluster.machines.find((machine) => machine.name === name)?.address ?? "";
  if (values["own-address"] && node.addr !== address)
    return failed(differ(`is known by its address ${address}`, `is known by ${node.addr}`));
  return lookAtLabels(node, values);
}

function lookAtLabels(node: NodeView, { labels = {} }: Values): Look | undefined {
  const wrong = Object.entries(labels).find(([label, value]) => node.labels[label] !== value);
  if (wrong === undefined) return undefined;
  const [label, value] = wrong;
  const actual =
    node.labels[label] === undefined ? `it has no label ${label}` : `it is ${node.labels[label]}`;
  return failed({
    expected: `${node.hostname} has the label ${label}=${value}`,
    actual,
    where: `on a manager: docker node inspect --pretty ${node.hostname}`,
  });
}

function lookForNone(name: string, nodes: readonly NodeView[]): Look | undefined {
  const node = nodes.find(({ hostname }) => hostname === name);
  if (node === undefined) return undefined;
  return failed({
    expected: `${name} is no node of the swarm`,
    actual: `it is in the list, ${node.state}`,
    where,
  });
}

function lookAtManagers({ managers }: Values, nodes: readonly NodeView[]): Look | undefined {
  const all = nodes.filter(({ role }) => role === "manager");
  const reachable = all.filter(({ reachability }) => reachability === "reachable");
  if (managers === undefined || reachable.length === managers) return undefined;
  const names = reachable.map(({ hostname }) => hostname).join(", ");
  const difference = {
    expected: `${managers} managers that reach each other`,
    actual: `${reachable.length}: ${names}`,
    where,
  };
  // A promoted node is a manager some seconds before raft knows it.
  return all.length === managers ? converging(difference) : failed(difference);
}

function lookAtLeader(values: Values, nodes: readonly NodeView[]): Look | undefined {
  const leader = nodes.find((node) => node.leader)?.hostname;
  const isRight =
    (values.leader === undefined || leader === values.leader) &&
    (values["leader-not"] === undefined || (leader !== undefined && leader !== values["leader-not"]));
  if (isRight) return undefined;
  const expected =
    values.leader === undefined
      ? `a leader other than ${values["leader-not"] ?? ""}`
      : `${values.leader} leads`;
  const difference = { expected, actual: leader === undefined ? "no leader" : `${leader} leads`, where };
  return leader === undefined ? converging(difference) : failed(difference);
}
