import type { Cluster } from "../cluster/cluster.ts";
import { renewByHand } from "../docker/ensure-engine-identity.ts";

/** What cures what may be wrong with machines that run. */
export interface Cures {
  readonly engineId: string;
  readonly hostName: string;
  readonly clock: string;
  readonly address: string;
}

/** Machines that exist already are changed by their owners alone. */
export function curesFor({ hosts }: Pick<Cluster, "hosts">): Cures {
  return hosts === undefined ? byThisProgram : byTheOwner;
}

const byThisProgram: Cures = {
  engineId: "swarmlab up",
  hostName: "swarmlab up",
  clock: "swarmlab doctor --fix sets it by this computer's",
  address: "swarmlab halt, then swarmlab up",
};

const byTheOwner: Cures = {
  engineId: `On all but one of them: ${renewByHand}`,
  hostName: "Give each its own: hostnamectl set-hostname NAME",
  clock: "Set it there, for example: timedatectl set-ntp true",
  address: "Give it back its address, or swarmlab destroy, then correct swarmlab.yaml, then swarmlab up",
};
