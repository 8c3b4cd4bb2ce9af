import type { Role } from "../cluster/cluster.ts";

/** One change to the swarm. `reason` is a clause to show to the person, without a full stop. */
export type SwarmAction =
  | Act<"unlock">
  /** `force`: leave even as a manager, or with the swarm locked. */
  | (Act<"leave"> & { readonly force: boolean })
  | Act<"init">
  /** The same swarm again, at the machine's own address and with it as the only manager. */
  | Act<"force-new-cluster">
  | (Act<"join"> & { readonly role: Role })
  | Act<"promote">
  | Act<"demote">
  /** Its tasks go elsewhere, and no new ones come. */
  | Act<"drain">
  /** Removes an entry that no daemon stands behind. `machine` is the machine that it belonged to, `role` the entry's. */
  | (Act<"remove-node"> & { readonly nodeId: string; readonly role: Role })
  /** Sets these labels on the machine's node and leaves its other labels alone. */
  | (Act<"update-node"> & { readonly labels: Readonly<Record<string, string>> })
  /** Marks the swarm as this cluster's. */
  | Act<"label-swarm">;

interface Act<Kind extends string> {
  readonly kind: Kind;
  readonly machine: string;
  readonly reason: string;
}

/** The actions in their order, cut into stages. The actions of one stage can run side by side; a stage starts when the one before is done. */
export function stagesOf(actions: readonly SwarmAction[]): readonly (readonly SwarmAction[])[] {
  const stages: SwarmAction[][] = [];
  for (const action of actions) {
    const last = stages.at(-1);
    if (last?.[0]?.kind === action.kind && [...last, action].every(runsBesideItsKind)) last.push(action);
    else stages.push([action]);
  }
  return stages;
}

/** Changes to the raft group go one by one: two at once can cost the quorum. */
function runsBesideItsKind(action: SwarmAction): boolean {
  switch (action.kind) {
    case "unlock":
    case "leave":
    case "drain":
    case "update-node":
      return true;
    case "join":
    case "remove-node":
      return action.role === "worker";
    case "init":
    case "force-new-cluster":
    case "promote":
    case "demote":
    case "label-swarm":
      return false;
  }
}
