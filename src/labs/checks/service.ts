import {
  anything,
  listOf,
  onOff,
  oneOf,
  type Output,
  record,
  section,
  text,
  wholeNumber,
} from "../../cluster/values.ts";
import { fieldAt, listAt, numberAt, textAt } from "../../docker/json-fields.ts";
import { checkHead, type CheckKind } from "../check-kind.ts";
import { converging, failed, firstUnmet, type Look } from "../look.ts";
import { mismatchOf } from "../match-json.ts";
import { showJson } from "../show-json.ts";
import type { World } from "../world.ts";

const names = () => listOf(text(), "a list of names").default([]);
const port = () => wholeNumber(1, 65535).exactOptional();

const schema = section({
  ...checkHead("service"),
  name: text(),
  exists: onOff().default(true),
  mode: oneOf("replicated", "global", "replicated-job", "global-job").exactOptional(),
  replicas: wholeNumber(0).exactOptional(),
  /** Without the digest that a registry may have added. */
  image: text().exactOptional(),
  endpoint: oneOf("vip", "dnsrr").exactOptional(),
  published: port(),
  target: port(),
  "publish-mode": oneOf("ingress", "host").exactOptional(),
  /** Networks that its tasks are on, among others. */
  networks: names(),
  /** `none`: it was never updated. */
  update: oneOf(
    "none",
    "updating",
    "paused",
    "completed",
    "rollback_started",
    "rollback_paused",
    "rollback_completed",
  ).exactOptional(),
  /** The stack it belongs to. */
  stack: text().exactOptional(),
  constraints: names(),
  /** `NAME=value`, among others. */
  env: names(),
  /** Names of variables that it must not have. */
  "env-lacks": names(),
  configs: names(),
  secrets: names(),
  /** Part of what `GET /services/NAME` answers. */
  match: record(anything(), "a mapping").exactOptional(),
});
type Values = Output<typeof schema>;

/** A service as it is specified, and how its last update went. Whether its tasks run is for `tasks`. */
export const serviceCheck: CheckKind<Values> = {
  schema,
  names: ({ name, image, networks, stack, configs, secrets, published }) => [
    name,
    ...(image === undefined ? [] : [image]),
    ...networks,
    ...(stack === undefined ? [] : [stack]),
    ...configs,
    ...secrets,
    ...(published === undefined ? [] : [String(published)]),
  ],
  machines: () => [],
  look: async (values, world) => {
    const found = await world.swarm(`/services/${encodeURIComponent(values.name)}`);
    if ("look" in found) return found.look;
    const service = textAt(found.data, "Spec", "Name") === values.name ? found.data : undefined;
    const where = "on a manager: docker service ls";
    if (!values.exists)
      return service === undefined
        ? { state: "pass" }
        : failed({ expected: `no service ${values.name}`, actual: "it is there", where });
    if (service === undefined)
      return failed({ expected: `a service ${values.name}`, actual: "there is none", where });
    return firstUnmet([
      ...lookAtSpec(values, service),
      lookAtPort(values, service),
      await lookAtNetworks({ values, service, world }),
      lookAtUpdate(values, service),
      lookAtMatch(values, service),
    ]);
  },
};

function lookAtSpec(values: Values, service: unknown): readonly (Look | undefined)[] {
  const container = ["Spec", "TaskTemplate", "ContainerSpec"] as const;
  const env = listAt(service, ...container, "Env").map(String);
  const namesIn = (list: string, key: string) =>
    listAt(service, ...container, list).map((entry) => textAt(entry, key));
  const fact = (what: string, expected: string | number | undefined, actual: string | number | undefined) =>
    expected === undefined || expected === actual
      ? undefined
      : unmet(values, `${what} ${expected}`, showJson(actual));
  const all = (what: string, wanted: readonly string[], actual: readonly string[]) => {
    const missing = wanted.find((name) => !actual.includes(name));
    return missing === undefined ? undefined : unmet(values, `${what} ${missing}`, listOrNothing(actual));
  };
  const constraints = constraintsOf(service);
  const isUnmet = (wanted: string): boolean => !constraints.map(meaningOf).includes(meaningOf(wanted));
  const leaked = env.find((line) => values["env-lacks"].includes(line.split("=")[0] ?? ""));
  return [
    fact("the mode", values.mode, modeOf(service)),
    fact("replicas:", values.replicas, numberAt(service, "Spec", "Mode", "Replicated", "Replicas")),
    fact("the image", values.image, textAt(service, ...container, "Image").replace(/@.*$/, "")),
    fact("the endpoint mode", values.endpoint, textAt(service, "Spec", "EndpointSpec", "Mode") || "vip"),
    fact("the stack", values.stack, textAt(service, "Spec", "Labels", "com.docker.stack.namespace")),
    all("the constraint", values.constraints.map(squeeze).filter(isUnmet), constraints),
    all("the variable", values.env, env),
    all("the config", values.configs, namesIn("Configs", "ConfigName")),
    all("the secret", values.secrets, namesIn("Secrets", "SecretName")),
    leaked === undefined ? undefined : unmet(values, `no variable ${leaked.split("=")[0] ?? ""}`, "one"),
  ];
}

const squeeze = (constraint: string): string => constraint.replaceAll(/\s/g, "");

/** A node has one of two roles: not to be the one is to be the other. */
const meaningOf = (constraint: string): string =>
  constraint
    .replace(/^node\.role!=manager$/, "node.role==worker")
    .replace(/^node\.role!=worker$/, "node.role==manager");

function constraintsOf(service: unknown): readonly string[] {
  return listAt(service, "Spec", "TaskTemplate", "Placement", "Constraints").map((line) =>
    squeeze(String(line)),
  );
}

function modeOf(service: unknown): string {
  const modes = {
    Replicated: "replicated",
    Global: "global",
    ReplicatedJob: "replicated-job",
    GlobalJob: "global-job",
  };
  const mode = Object.entries(modes).find(([key]) => fieldAt(service, "Spec", "Mode", key) !== undefined);
  return mode?.[1] ?? "unknown";
}

function lookAtPort(values: Values, service: unknown): Look | undefined {
  const { published, target, "publish-mode": mode } = values;
  if (published === undefined && target === undefined && mode === undefined) return undefined;
  const ports = listAt(service, "Endpoint", "Ports");
  const fits = (port: unknown): boolean =>
    (published === undefined || numberAt(port, "PublishedPort") === published) &&
    (target === undefined || numberAt(port, "TargetPort") === target) &&
    (mode === undefined || textAt(port, "PublishMode") === mode);
  if (ports.some(fits)) return undefined;
  const wanted = `port ${published ?? "any"} published${target === undefined ? "" : ` to ${target}`}${mode === undefined ? "" : ` in ${mode} mode`}`;
  const actual = ports.map(
    (port) =>
      `${numberAt(port, "PublishedPort") ?? "?"} to ${numberAt(port, "TargetPort") ?? "?"} in ${textAt(port, "PublishMode")} mode`,
  );
  return unmet(values, wanted, listOrNothing(actual));
}

async function lookAtNetworks(its: {
  readonly values: Values;
  readonly service: unknown;
  readonly world: World;
}): Promise<Look | undefined> {
  const { values, service, world } = its;
  if (values.networks.length === 0) return undefined;
  const found = await world.swarm("/networks");
  if ("look" in found) return found.look;
  const names = new Map(
    listAt({ all: found.data }, "all").map((network) => [textAt(network, "Id"), textAt(network, "Name")]),
  );
  const actual = listAt(service, "Spec", "TaskTemplate", "Networks")
    .map((network) => textAt(network, "Target"))
    .map((target) => names.get(target) ?? target);
  const missing = values.networks.find((name) => !actual.includes(name));
  return missing === undefined ? undefined : unmet(values, `the network ${missing}`, listOrNothing(actual));
}

function lookAtUpdate(values: Values, service: unknown): Look | undefined {
  if (values.update === undefined) return undefined;
  const state = textAt(service, "UpdateStatus", "State") || "none";
  // An update that changes nothing wipes the state of the one before and gets none itself (swarmkit, controlapi/service.go).
  // A new service has no previous specification.
  const isWiped = state === "none" && fieldAt(service, "PreviousSpec") !== undefined;
  if (state === values.update || (isWiped && values.update === "completed")) return undefined;
  const message = textAt(service, "UpdateStatus", "Message");
  const difference = {
    expected: `the update of ${values.name} is ${values.update}`,
    actual: message === "" ? state : `${state}: ${message}`,
    where: `on a manager: docker service inspect --pretty ${values.name}`,
  };
  return state === "updating" || state === "rollback_started" ? converging(difference) : failed(difference);
}

function lookAtMatch(values: Values, service: unknown): Look | undefined {
  const mismatch = values.match && mismatchOf(values.match, service);
  return (
    mismatch && unmet(values, `${mismatch.path} ${showJson(mismatch.expected)}`, showJson(mismatch.actual))
  );
}

function unmet({ name }: Values, expected: string, actual: string): Look {
  return failed({
    expected: `${name} has ${expected}`,
    actual: `it has ${actual}`,
    where: `on a manager: docker service inspect --pretty ${name}`,
  });
}

const listOrNothing = (items: readonly string[]): string => (items.length === 0 ? "none" : items.join(", "));
