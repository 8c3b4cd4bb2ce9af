import type { Cluster, HostSpec } from "../../cluster/cluster.ts";
import { isAddress } from "../../cluster/subnet.ts";
import { FailureError } from "../../failure.ts";
import { readHosts, type KnownHost } from "./host-record.ts";
import { clustersDirectory } from "./layout.ts";
import type { HostsHost } from "./hosts-host.ts";

/** The machines of a cluster by name: those that were taken into it, and those that `swarmlab.yaml` lists. */
export interface HostsOfCluster {
  readonly taken: ReadonlyMap<string, KnownHost>;
  readonly listed: ReadonlyMap<string, KnownHost>;
}

/** Reads the record and looks names up; no machine is connected to. */
export async function findHosts(host: HostsHost, cluster: Cluster): Promise<HostsOfCluster> {
  const listed = await Promise.all(
    Object.entries(cluster.hosts ?? {}).map(
      async ([name, spec]) => [name, { spec, address: await addressOf(host, spec) }] as const,
    ),
  );
  const taken = await readHosts(clustersDirectory(host.home), cluster.name);
  return { taken, listed: new Map(listed) };
}

/** All of them. One that was taken is the one that it was then; how it is reached may have changed since. */
export function allHosts({ taken, listed }: HostsOfCluster): ReadonlyMap<string, KnownHost> {
  const kept = [...taken].map(([name, known]) => {
    const now = listed.get(name);
    return [name, now?.address === known.address ? (now ?? known) : known] as const;
  });
  return new Map([...listed, ...kept]);
}

/**
 * A machine that is in the swarm must not be forgotten because another one got its name.
 * @throws FailureError `usage`
 */
export function refuseMovedHosts({ taken, listed }: HostsOfCluster): void {
  for (const [name, { address: now }] of listed) {
    const was = taken.get(name)?.address;
    if (was === undefined || now === undefined || was === now) continue;
    throw new FailureError({
      kind: "usage",
      message: `${name} was taken into the cluster at ${was}, and swarmlab.yaml leads to ${now}`,
      remedy: `Put the address back, or list the other machine by another name; swarmlab destroy gives the one at ${was} back.`,
    });
  }
}

function addressOf(host: HostsHost, { advertiseAddress, address }: HostSpec): Promise<string | undefined> {
  const known = advertiseAddress ?? (isAddress(address) ? address : undefined);
  return known === undefined ? host.lookUp(address) : Promise.resolve(known);
}
