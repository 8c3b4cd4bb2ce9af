import { createHash } from "node:crypto";
import { textAt } from "../docker/json-fields.ts";

/** What identifies a swarm, secrets as hashes. Empty where there is no swarm. */
export interface SwarmFacts {
  readonly clusterId: string;
  readonly workerTokenHash: string;
  readonly managerTokenHash: string;
  readonly trustRootHash: string;
}

/** The swarm as it was when a lab was started: what checks compare with. */
export interface Baseline extends SwarmFacts {
  /** By machine name; empty where a machine is in no swarm. */
  readonly nodeIds: Readonly<Record<string, string>>;
}

/** @param swarm the answer of `GET /swarm`. */
export function swarmFacts(swarm: unknown): SwarmFacts {
  return {
    clusterId: textAt(swarm, "ID"),
    workerTokenHash: hashOf(textAt(swarm, "JoinTokens", "Worker")),
    managerTokenHash: hashOf(textAt(swarm, "JoinTokens", "Manager")),
    trustRootHash: hashOf(textAt(swarm, "TLSInfo", "TrustRoot")),
  };
}

function hashOf(text: string): string {
  return text === "" ? "" : createHash("sha256").update(text).digest("hex");
}
