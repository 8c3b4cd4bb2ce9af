import type { FaultReport } from "./fault-report.ts";
import type { ProviderName, Role } from "../cluster/cluster.ts";
import type { MachineState } from "../machine/provider.ts";
import type { MachineSwarmStatus, SwarmSummary } from "../swarm/swarm-status.ts";

/** What `status --json` prints. `null` stands for what is unknown, because a machine or its daemon does not answer. */
export interface StatusReport {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly provider: ProviderName;
  /** IPv4 CIDR; null: the machines are where they were before the cluster was. */
  readonly subnet: string | null;
  readonly machines: readonly MachineReport[];
  readonly swarm: SwarmSummary;
  /** What is broken on purpose; the oldest first. */
  readonly faults: readonly FaultReport[];
}

export interface MachineReport {
  readonly name: string;
  readonly role: Role;
  readonly state: MachineState;
  readonly address: string | null;
  readonly docker: DockerReport | null;
  readonly swarm: MachineSwarmStatus | null;
}

export interface DockerReport {
  readonly version: string;
  readonly engineId: string;
  /** Where the Docker API answers by TCP: `tcp://192.168.56.17:2376`; null: nowhere. */
  readonly tcp: string | null;
}
