import type { Feature } from "../labs/check-kind.ts";
import { hasFeature } from "../labs/probe-features.ts";
import type { Connections } from "./connections.ts";
import type { Lab } from "./open-lab.ts";

/** Which running machines lack a feature; each is asked once. */
export function featureFinder(
  cluster: Lab,
  connections: Connections,
): (feature: Feature) => Promise<readonly string[]> {
  const asked = new Map<Feature, Promise<readonly string[]>>();
  return (feature) => {
    const answer = asked.get(feature) ?? machinesLacking(cluster, connections, feature);
    asked.set(feature, answer);
    return answer;
  };
}

async function machinesLacking(
  cluster: Lab,
  connections: Connections,
  feature: Feature,
): Promise<readonly string[]> {
  const running = [...cluster.machines.values()].filter(({ state }) => state === "running");
  const found = await Promise.all(
    running.map(async ({ name }) => hasFeature(await connections.remote(cluster, name), feature)),
  );
  return running.filter((_, index) => found[index] === false).map(({ name }) => name);
}
