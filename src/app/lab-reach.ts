import type { Engine } from "../docker/engine.ts";
import type { Reach } from "../labs/round-world.ts";
import type { Remote } from "../remote/remote.ts";
import { httpGet } from "../system/http-get.ts";
import type { Connections } from "./connections.ts";
import type { Lab } from "./open-lab.ts";
import { requireRunning } from "./running-machines.ts";

/** A machine that runs answers within this time, or it is told as silent. */
const connectTimeoutMs = 15_000;

/** The machines of a cluster for checks: one that does not run is told at once and not waited for. */
export function reachMachines(cluster: Lab, connections: Connections): Reach {
  const running = (name: string): string => requireRunning(cluster, name).name;
  return {
    engine: async (name): Promise<Engine> => connections.engine(cluster, running(name), connectTimeoutMs),
    remote: async (name): Promise<Remote> => connections.remote(cluster, running(name), connectTimeoutMs),
    get: httpGet,
  };
}
