import type { EngineInfo, EngineSwarmInfo } from "./engine.ts";

/** The answer to `GET /info`. What an old engine leaves out is empty. Throws a plain Error where the answer is no object: a bug. */
export function parseEngineInfo(data: unknown): EngineInfo {
  if (!isObject(data)) throw new Error(`GET /info answered ${JSON.stringify(data)}`);
  return {
    id: text(data["ID"]),
    version: text(data["ServerVersion"]),
    labels: list(data["Labels"]).map(text),
    swarm: parseSwarm(object(data["Swarm"])),
  };
}

const swarmStates: readonly EngineSwarmInfo["state"][] = ["inactive", "pending", "active", "error", "locked"];

function parseSwarm(swarm: Fields): EngineSwarmInfo {
  return {
    state: swarmStates.find((state) => state === swarm["LocalNodeState"]) ?? "inactive",
    nodeId: text(swarm["NodeID"]),
    nodeAddr: text(swarm["NodeAddr"]),
    controlAvailable: swarm["ControlAvailable"] === true,
    error: text(swarm["Error"]),
    clusterId: text(object(swarm["Cluster"])["ID"]),
    remoteManagers: list(swarm["RemoteManagers"])
      .map(object)
      .map((manager) => ({ nodeId: text(manager["NodeID"]), addr: text(manager["Addr"]) })),
  };
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const object = (value: unknown): Fields => (isObject(value) ? value : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
