import { listIn, objectIn, unexpectedAnswer } from "../docker/engine-answer.ts";
import { fieldAt, numberAt, textAt } from "../docker/json-fields.ts";
import { isObject } from "../docker/json-object.ts";
import type { NodeView } from "./membership.ts";

/** What `GET /swarm` answers, in the parts that are read or sent back. */
export interface SwarmObject {
  readonly id: string;
  readonly version: number;
  readonly spec: Spec;
  readonly tokens: { readonly worker: string; readonly manager: string };
}

/** A spec as the engine gave it; sent back whole, since an update replaces everything. */
export type Spec = Readonly<Record<string, unknown>>;

/** @param data the answer of `GET /swarm`; engines from 20.10 to 29 agree on it. @throws FailureError `engine-answer` */
export function parseSwarm(data: unknown): SwarmObject {
  const { id, version, spec, fields } = parseObject("GET /swarm", data);
  const tokens = {
    worker: textAt(fields, "JoinTokens", "Worker"),
    manager: textAt(fields, "JoinTokens", "Manager"),
  };
  return { id, version, spec, tokens };
}

/** The labels of a swarm's or a node's spec; the engine leaves out empty ones. */
export function labelsOf(spec: Spec): Readonly<Record<string, string>> {
  const labels = spec["Labels"];
  return isObject(labels) ? Object.fromEntries(Object.entries(labels).filter(isLabel)) : {};
}

/** @param data the answer of `GET /nodes`. @throws FailureError `engine-answer` */
export function parseNodes(data: unknown): readonly NodeView[] {
  return listIn("GET /nodes", data).map(parseNode);
}

/** @param data the answer of `GET /nodes/ID`, or one element of `GET /nodes`. @throws FailureError `engine-answer` */
export function parseNode(data: unknown): NodeView {
  const { id, version, spec, fields } = parseObject("GET /nodes", data);
  const manager = fields["ManagerStatus"];
  return {
    id,
    version,
    hostname: textAt(fields, "Description", "Hostname"),
    role: spec["Role"] === "manager" ? "manager" : "worker",
    availability: textAt(spec, "Availability") || "active",
    state: states.find((state) => state === fieldAt(fields, "Status", "State")) ?? "unknown",
    addr: addrOf(fields),
    labels: labelsOf(spec),
    leader: fieldAt(manager, "Leader") === true,
    reachability: isObject(manager)
      ? (reachabilities.find((reachability) => reachability === manager["Reachability"]) ?? "unknown")
      : undefined,
  };
}

/** Version and spec of one node: what an update of it needs. @throws FailureError `engine-answer` */
export function parseNodeSpec(data: unknown): { readonly version: number; readonly spec: Spec } {
  const { version, spec } = parseObject("GET /nodes/ID", data);
  return { version, spec };
}

/** @param data the answer of `GET /networks/ingress` of one machine; IPv4 address of that machine's own end, if it has one yet. */
export function parseIngressEnd(data: unknown): string | undefined {
  return textAt(data, "Containers", "ingress-sbox", "IPv4Address").replace(/\/\d+$/, "") || undefined;
}

const states: readonly NodeView["state"][] = ["unknown", "down", "ready", "disconnected"];
const reachabilities = ["unknown", "unreachable", "reachable"] as const;

const isLabel = (entry: readonly [string, unknown]): entry is [string, string] =>
  typeof entry[1] === "string";

/** What every object of a swarm has; without it nothing can be told of it, and nothing of it be changed. */
function parseObject(
  request: string,
  data: unknown,
): Pick<SwarmObject, "id" | "version" | "spec"> & { readonly fields: Readonly<Record<string, unknown>> } {
  const fields = objectIn(request, data);
  const [id, version, spec] = [textAt(fields, "ID"), numberAt(fields, "Version", "Index"), fields["Spec"]];
  if (id === "") throw unexpectedAnswer(request, "an object has no ID");
  if (version === undefined) throw unexpectedAnswer(request, `${id} has no Version.Index`);
  if (!isObject(spec)) throw unexpectedAnswer(request, `${id} has no Spec`);
  return { id, version, spec, fields };
}

/**
 * Managers are sought where raft knows them, whatever address they come from. A leader can report itself from none
 * (https://github.com/moby/moby/issues/35437).
 */
function addrOf(node: unknown): string {
  const own = textAt(node, "Status", "Addr");
  const known = own === "0.0.0.0" || own === "127.0.0.1" ? "" : own;
  return hostOf(textAt(node, "ManagerStatus", "Addr")) || known;
}

/** Whether an error that a daemon tells says that its certificate has ended: nothing but a new one cures it. */
export function isExpired(error: string): boolean {
  return error.includes("certificate has expired") || error.includes("certificates have expired");
}

/** The host of `host:port`. */
export function hostOf(addr: string): string {
  return addr.replace(/:\d+$/, "");
}
