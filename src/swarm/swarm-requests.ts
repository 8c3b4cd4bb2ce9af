import type { Cluster, MachineSpec, Role } from "../cluster/cluster.ts";
import { isObject } from "../docker/json-object.ts";
import { clusterLabel } from "./our-swarm.ts";
import type { Spec, SwarmObject } from "./parse-swarm.ts";

/** TCP port of managers. */
export const managerPort = 2377;

/** Body of `POST /swarm/init`. At init the engine fills in the defaults of all that the spec leaves out. */
export function initBody(cluster: Cluster, machine: MachineSpec): unknown {
  const { swarm } = cluster;
  return {
    ...addresses(machine),
    // 0 and an empty list stand for the engine's defaults.
    DataPathPort: swarm.dataPathPort ?? 0,
    DefaultAddrPool: swarm.addressPools,
    SubnetSize: swarm.addressPoolMaskLength ?? 0,
    ForceNewCluster: false,
    AutoLockManagers: swarm.autolock,
    Availability: "active",
    Spec: {
      Name: "default",
      Labels: { [clusterLabel]: cluster.name },
      Orchestration:
        swarm.taskHistoryLimit === undefined ? {} : { TaskHistoryRetentionLimit: swarm.taskHistoryLimit },
      EncryptionConfig: { AutoLockManagers: swarm.autolock },
    },
  };
}

/**
 * Body of `POST /swarm/init` that keeps the swarm. Autolock and CA rotation would be reset by a spec without them, and
 * external CAs would be added a second time (moby `MergeSwarmSpecToGRPC`).
 */
export function forceNewClusterBody(machine: MachineSpec, spec: Spec): unknown {
  const { CAConfig, ...rest } = spec;
  return {
    ...addresses(machine),
    ForceNewCluster: true,
    AutoLockManagers: isAutolocked(spec),
    Availability: "active",
    Spec: { ...rest, CAConfig: { ...(isObject(CAConfig) ? CAConfig : {}), ExternalCAs: null } },
  };
}

/** Body of `POST /swarm/join`. Holds a secret. `remotes`: addresses of managers; engines only use the first. */
export function joinBody(
  machine: MachineSpec,
  via: { readonly role: Role; readonly remotes: readonly string[]; readonly tokens: SwarmObject["tokens"] },
): unknown {
  return {
    ...addresses(machine),
    RemoteAddrs: via.remotes.map((address) => `${address}:${managerPort}`),
    JoinToken: via.tokens[via.role],
    Availability: "active",
  };
}

/** Machines have several addresses (NAT, bridges): the engine must not choose. */
function addresses({ address }: MachineSpec): Readonly<Record<string, string>> {
  return {
    ListenAddr: `${address}:${managerPort}`,
    AdvertiseAddr: `${address}:${managerPort}`,
    DataPathAddr: address,
  };
}

function isAutolocked({ EncryptionConfig: encryption }: Spec): boolean {
  return isObject(encryption) && encryption["AutoLockManagers"] === true;
}
