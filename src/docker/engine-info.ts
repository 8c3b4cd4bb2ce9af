import { objectIn } from "./engine-answer.ts";
import type { EngineInfo, EngineSwarmInfo } from "./engine.ts";
import { isObject } from "./json-object.ts";

/** The answer to `GET /info`. What an old engine leaves out is empty. @throws FailureError `engine-answer` where it is no object */
export function parseEngineInfo(data: unknown): EngineInfo {
  const info = objectIn("GET /info", data);
  return {
    id: text(info["ID"]),
    version: text(info["ServerVersion"]),
    rootDirectory: text(info["DockerRootDir"]),
    labels: list(info["Labels"]).map(text),
    swarm: parseSwarm(object(info["Swarm"])),
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

const object = (value: unknown): Fields => (isObject(value) ? value : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
