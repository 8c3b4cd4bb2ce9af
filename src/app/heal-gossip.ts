import type { Context } from "../context.ts";
import type { Engine } from "../docker/engine.ts";
import type { Heard } from "../docker/heard.ts";
import { restartDaemon } from "../docker/restart-daemon.ts";
import type { Step } from "../steps.ts";
import { cameDeaf } from "../swarm/gossip.ts";
import type { Observed } from "../swarm/membership.ts";
import { parseIngressEnd } from "../swarm/parse-swarm.ts";
import { ingressPath, inspectIngress } from "../swarm/verify-overlay.ts";
import { withContainersKept } from "./configure-machine.ts";
import type { Connections } from "./connections.ts";
import type { Lab } from "./open-lab.ts";
import { awaitReturn, restartOrder } from "./restart-daemons.ts";

interface GossipWork {
  readonly context: Context;
  readonly lab: Lab;
  readonly connections: Pick<Connections, "remote">;
}

/** Machines of the swarm that came into it without gossip, and what the daemons have told of the ingress network. */
export interface DeafMachines {
  readonly names: readonly string[];
  readonly heard: ReadonlyMap<string, Heard>;
}

export const whyDeaf =
  "it came into the swarm while it still listened for the one before, and has no part in overlay networks";

/** Looks into the log of a machine's daemon only where it has no end of the ingress network. */
export async function findDeaf(
  { context, lab, connections }: GossipWork,
  engines: ReadonlyMap<string, Engine>,
  { memberships, silentManagers }: Observed,
): Promise<DeafMachines> {
  const { clock, signal } = context;
  // A manager without a leader has no answer for a long time.
  if (silentManagers.size > 0) return { names: [], heard: new Map() };
  const members = [...engines].filter(([name]) => memberships.get(name)?.state === "active");
  const networks = await Promise.all(
    members.map(async ([name, engine]) => [name, await inspectIngress(engine, signal)] as const),
  );
  const heard = new Map(
    networks.flatMap(([name, network]) =>
      network === undefined ? [] : [[name, new Map([[ingressPath, network]])] as const],
    ),
  );
  // Where nobody knows such a network, the swarm has none.
  const endless =
    heard.size === 0 ? [] : networks.filter(([, network]) => parseIngressEnd(network) === undefined);
  const deaf = await Promise.all(
    endless.map(async ([name]) => {
      const remote = await connections.remote(lab, name);
      return (await cameDeaf({ remote, clock, signal })) ? [name] : [];
    }),
  );
  return { names: deaf.flat(), heard };
}

/** Restarts the daemons of such machines, one after the other, each when the node of the one before is back. */
export function gossipStep(
  work: GossipWork,
  its: {
    readonly engines: ReadonlyMap<string, Engine>;
    readonly observed: Observed;
    readonly names: readonly string[];
  },
): Step {
  const { context, lab, connections } = work;
  const { engines, observed, names } = its;
  const inOrder = restartOrder(lab.cluster.machines).filter(({ name }) => names.includes(name));
  const steps = inOrder.map(({ name }): Step => ({
    id: `gossip/${name}`,
    title: `restart the Docker daemon of ${name}`,
    run: async ({ signal, report }) => {
      const remote = await connections.remote(lab, name);
      const restart = (): Promise<void> => restartDaemon(remote, { clock: context.clock, signal });
      await withContainersKept(work, { remote, signal, work: restart });
      report("waiting for its node");
      const nodeId = observed.memberships.get(name)?.nodeId ?? "";
      await awaitReturn(work, { name, engines, nodeId, signal });
      return whyDeaf;
    },
  }));
  return { id: "gossip", title: "Gossip", mode: "sequence", steps };
}
