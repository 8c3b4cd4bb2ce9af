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

/** @param data the answer of `GET /swarm`; engines from 20.10 to 29 agree on it. */
export function parseSwarm(data: unknown): SwarmObject {
  const swarm = data as {
    readonly ID: string;
    readonly Version: { readonly Index: number };
    readonly Spec: Spec;
    readonly JoinTokens: { readonly Worker: string; readonly Manager: string };
  };
  return {
    id: swarm.ID,
    version: swarm.Version.Index,
    spec: swarm.Spec,
    tokens: { worker: swarm.JoinTokens.Worker, manager: swarm.JoinTokens.Manager },
  };
}

/** The labels of a swarm's or a node's spec; the engine leaves out empty ones. */
export function labelsOf(spec: Spec): Readonly<Record<string, string>> {
  return (spec["Labels"] as Readonly<Record<string, string>> | null | undefined) ?? {};
}

/** @param data the answer of `GET /nodes`. */
export function parseNodes(data: unknown): readonly NodeView[] {
  return (data as readonly unknown[]).map(parseNode);
}

/** @param data the answer of `GET /nodes/ID`, or one element of `GET /nodes`. */
export function parseNode(data: unknown): NodeView {
  const node = data as RawNode;
  const manager = node.ManagerStatus ?? undefined;
  return {
    id: node.ID,
    version: node.Version.Index,
    hostname: node.Description?.Hostname ?? "",
    role: node.Spec.Role === "manager" ? "manager" : "worker",
    availability: node.Spec.Availability ?? "active",
    state: node.Status?.State ?? "unknown",
    addr: addrOf(node),
    labels: labelsOf({ ...node.Spec }),
    leader: manager?.Leader ?? false,
    reachability: manager && (manager.Reachability ?? "unknown"),
  };
}

/** Version and spec of one node: what an update of it needs. */
export function parseNodeSpec(data: unknown): { readonly version: number; readonly spec: Spec } {
  const node = data as RawNode;
  return { version: node.Version.Index, spec: { ...node.Spec } };
}

/** @param data the answer of `GET /networks/ingress` of one machine; IPv4 address of that machine's own end, if it has one yet. */
export function parseIngressEnd(data: unknown): string | undefined {
  const network = data as {
    readonly Containers?: Readonly<Record<string, { readonly IPv4Address?: string }>> | null;
  };
  return network.Containers?.["ingress-sbox"]?.IPv4Address?.replace(/\/\d+$/, "");
}

interface RawNode {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { readonly Role?: string; readonly Availability?: string };
  readonly Description?: { readonly Hostname?: string };
  readonly Status?: { readonly State?: NodeView["state"]; readonly Addr?: string };
  readonly ManagerStatus?: {
    readonly Leader?: boolean;
    readonly Reachability?: NodeView["reachability"];
    readonly Addr?: string;
  } | null;
}

/** A leader can report itself from no address (https://github.com/moby/moby/issues/35437); raft knows the real one. */
function addrOf(node: RawNode): string {
  const own = node.Status?.Addr ?? "";
  return own === "" || own === "0.0.0.0" || own === "127.0.0.1"
    ? hostOf(node.ManagerStatus?.Addr ?? "")
    : own;
}

/** The host of `host:port`. */
export function hostOf(addr: string): string {
  return addr.replace(/:\d+$/, "");
}
