import type { Cluster } from "./cluster.ts";
import type { WrittenOptions } from "./daemon-layers.ts";
import type { Path } from "./values.ts";
import { formatSubnet, parseSubnet, type Subnet } from "./subnet.ts";

/** Addresses that Docker hands out inside the machines, and what makes it do so. */
export interface DockerRange {
  readonly subnet: Subnet;
  /** As it was written. */
  readonly text: string;
  /** The key in `swarmlab.yaml`; undefined: Docker's own default. */
  readonly path?: Path;
}

/**
 * The ranges of a swarm's overlay networks and of daemons' bridges, as far as they are IPv4.
 * Machines with addresses in one of them could not be reached from containers.
 */
export function dockerRanges(options: {
  readonly addressPools: readonly string[];
  readonly daemons: readonly WrittenOptions[];
}): readonly DockerRange[] {
  return [...poolRanges(options.addressPools), ...options.daemons.flatMap(daemonRanges)];
}

/** The same of a whole cluster, as CIDRs. */
export function dockerRangesOf({ swarm, machines }: Cluster): readonly string[] {
  const daemons = machines.map(({ daemon }) => ({ path: [], options: daemon }));
  const ranges = dockerRanges({ addressPools: swarm.addressPools, daemons });
  return [...new Set(ranges.map(({ subnet }) => formatSubnet(subnet)))];
}

function poolRanges(pools: readonly string[]): readonly DockerRange[] {
  // https://docs.docker.com/reference/cli/docker/swarm/init/#default-addr-pool
  if (pools.length === 0) return range("10.0.0.0/8");
  return pools.flatMap((pool, index) => range(pool, ["swarm", "default-addr-pool", index]));
}

function daemonRanges({ path, options }: WrittenOptions): readonly DockerRange[] {
  const pools = options["default-address-pools"];
  return [
    ...["bip", "fixed-cidr"].flatMap((key) => range(options[key], [...path, key])),
    ...(Array.isArray(pools) ? pools : []).flatMap((pool: unknown, index) =>
      range(baseOf(pool), [...path, "default-address-pools", index, "base"]),
    ),
  ];
}

function baseOf(pool: unknown): unknown {
  return typeof pool === "object" && pool !== null && "base" in pool ? pool.base : undefined;
}

function range(text: unknown, path?: Path): readonly DockerRange[] {
  const subnet = typeof text === "string" ? parseSubnet(text) : undefined;
  return subnet ? [{ subnet, text: String(text), ...(path && { path }) }] : [];
}
