import type { Cluster } from "../cluster/cluster.ts";
import { listAt, textAt } from "../docker/json-fields.ts";
import type { Engine } from "../docker/engine.ts";
import { FailureError } from "../failure.ts";
import { updateNode } from "../swarm/manager-api.ts";
import { parseNodes } from "../swarm/parse-swarm.ts";
import type { Clock } from "../system/clock.ts";
import { waitUntil } from "../system/wait-until.ts";

interface Tools {
  readonly cluster: Cluster;
  /** A manager that has a leader. */
  readonly manager: Engine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Removes all services. Their tasks' containers go some time later. */
export async function removeServices({ manager, signal }: Tools): Promise<void> {
  const services = await idsAt(manager, "/services", "ID", signal);
  await Promise.all(services.map((id) => manager.request("DELETE", `/services/${id}`, { signal })));
}

/** Removes what services had and used: networks, configs, secrets; nodes get the labels of `swarmlab.yaml` and are active. */
export async function removeLeftovers(tools: Tools): Promise<void> {
  const { manager, signal } = tools;
  const [configs, secrets] = await Promise.all([
    idsAt(manager, "/configs", "ID", signal),
    idsAt(manager, "/secrets", "ID", signal),
  ]);
  await Promise.all([
    ...configs.map((id) => manager.request("DELETE", `/configs/${id}`, { signal })),
    ...secrets.map((id) => manager.request("DELETE", `/secrets/${id}`, { signal })),
    resetNodes(tools),
    removeNetworks(tools),
  ]);
}

async function idsAt(
  manager: Engine,
  path: string,
  key: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const data = await manager.request("GET", path, { signal });
  return listAt({ all: data }, "all").map((each) => textAt(each, key));
}

async function resetNodes({ cluster, manager, signal }: Tools): Promise<void> {
  const nodes = parseNodes(await manager.request("GET", "/nodes", { signal }));
  for (const node of nodes) {
    const wanted = cluster.machines.find(({ name }) => name === node.hostname)?.labels ?? {};
    if (node.availability === "active" && isSame(node.labels, wanted)) continue;
    await updateNode(manager, node.id, (spec) => ({ ...spec, Availability: "active", Labels: wanted }));
  }
}

const isSame = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  JSON.stringify(Object.entries(a).toSorted()) === JSON.stringify(Object.entries(b).toSorted());

/** A network stays for as long as a task that ends is on it. */
async function removeNetworks({ manager, clock, signal }: Tools): Promise<void> {
  await waitUntil(
    {
      clock,
      signal,
      title: "the lab's overlay networks to go",
      timeoutMs: 60_000,
      intervalMs: 300,
      hint: () =>
        "Look what is still on them: swarmlab ssh manager -- docker network ls --filter driver=overlay",
    },
    async () => {
      const networks = listAt({ all: await manager.request("GET", "/networks", { signal }) }, "all").filter(
        (network) => textAt(network, "Scope") === "swarm" && textAt(network, "Name") !== "ingress",
      );
      if (networks.length === 0) return true;
      await Promise.all(networks.map((network) => removeNetwork(manager, textAt(network, "Id"), signal)));
      return undefined;
    },
  );
}

async function removeNetwork(manager: Engine, id: string, signal: AbortSignal): Promise<void> {
  try {
    await manager.request("DELETE", `/networks/${id}`, { signal });
  } catch (error) {
    // In use, or gone meanwhile: the next look tells which.
    if (!(error instanceof FailureError) || error.failure.kind !== "engine-api") throw error;
  }
}
