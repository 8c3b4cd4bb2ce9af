import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { FailureError } from "../../failure.ts";
import type { BoxCarrier, Provider } from "../provider.ts";
import { boxPart, describeBox, packBox, requireFittingBox } from "./carry-box.ts";
import type { NspawnHost } from "./nspawn-host.ts";
import { ensureBox } from "./prepare-cluster.ts";

/** Carries this host's boxes. `providerOf` makes the provider of a host. */
export function boxCarrier(host: NspawnHost, providerOf: (host: NspawnHost) => Provider): BoxCarrier {
  return {
    workDirectory: join(host.home, "bundle.partial"),
    part: boxPart,
    ensureBox: async (cluster, progress) => {
      refuseOwnBox(cluster);
      return ensureBox(host, cluster, progress);
    },
    describe: (cluster) => describeBox(host, cluster),
    pack: ({ docker }, file, progress) => packBox({ host, docker, file, progress }),
    withBundle: async (cluster, bundle) => {
      refuseOwnBox(cluster);
      await requireFittingBox(host, cluster, bundle);
      return providerOf({ ...host, bundle });
    },
  };
}

function refuseOwnBox({ box }: Cluster): void {
  if (box === undefined) return;
  throw new FailureError({
    kind: "usage",
    message: `swarmlab.yaml names a box of its own, ${box}, and a bundle carries the one that swarmlab builds`,
    remedy: "Leave box out of swarmlab.yaml, or copy that directory to the other computer and use no bundle.",
  });
}
