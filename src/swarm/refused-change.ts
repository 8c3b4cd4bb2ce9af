import type { Failure } from "../failure.ts";
import { findManagers, saysOf, type SwarmTools } from "./manager-api.ts";
import type { NodeView } from "./membership.ts";
import { parseNodes } from "./parse-swarm.ts";
import { isLeftAlone, quorumLost } from "./plan-quorum.ts";

/** A leader takes no manager out where those that it reaches would be no majority then (swarmkit's `CanRemoveMember`; status 400). */
export const refusesForQuorum = (error: unknown): boolean =>
  saysOf(error, "would result in a loss of quorum");

/**
 * What such a refusal means for a machine: `quorum-lost` where the majority is gone already and the leader has yet to step down, which takes it
 * some seconds; else `quorum-at-risk`.
 */
export async function quorumRefusal(machine: string, tools: SwarmTools): Promise<Failure> {
  const [leader] = await findManagers(tools, machine);
  const nodes = parseNodes(await leader.request("GET", "/nodes", { signal: tools.signal }));
  const managers = nodes.filter(({ reachability }) => reachability !== undefined);
  if (isLeftAlone(nodes)) return quorumLost(namesOf(managers.filter(isReachable)), managers.length);
  const remaining = managers.filter(({ hostname }) => hostname !== machine);
  return {
    kind: "quorum-at-risk",
    machines: [machine],
    remaining: namesOf(remaining),
    reachable: namesOf(remaining.filter(isReachable)),
  };
}

const isReachable = ({ reachability }: NodeView): boolean => reachability === "reachable";

const namesOf = (nodes: readonly NodeView[]): readonly string[] => nodes.map(({ hostname }) => hostname);
