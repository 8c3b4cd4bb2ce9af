import type { Context } from "../context.ts";
import { releaseGossip } from "../swarm/gossip.ts";
import { withContainersKept } from "./configure-machine.ts";
import type { Connections } from "./connections.ts";
import type { Lab } from "./open-lab.ts";

/** `releaseGossip` on a machine in no swarm; containers of others run as before. */
export async function freeGossip(
  work: { readonly context: Context; readonly lab: Lab; readonly connections: Pick<Connections, "remote"> },
  machine: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { context, lab, connections } = work;
  const { clock } = context;
  const remote = await connections.remote(lab, machine);
  return withContainersKept(work, { remote, signal, work: () => releaseGossip({ remote, clock, signal }) });
}
