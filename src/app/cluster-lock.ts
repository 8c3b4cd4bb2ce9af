import type { Context } from "../context.ts";
import { withLock } from "../state/lock.ts";

/** Only one swarmlab changes a cluster at a time; the others say for whom they wait. */
export function withClusterLock<T>(context: Context, cluster: string, work: () => Promise<T>): Promise<T> {
  const { clock, signal, emit } = context;
  const onWait = (owner: string): void =>
    emit({
      type: "note",
      level: "info",
      text: `Waiting for ${owner}, which changes the cluster ${cluster}.`,
    });
  return withLock({ name: `cluster ${cluster}`, clock, signal, onWait }, work);
}

/** Clusters get their subnets one after the other; it takes a moment, so that nobody is told of the wait. */
export function withSubnetLock<T>({ clock, signal }: Context, work: () => Promise<T>): Promise<T> {
  return withLock({ name: "subnets", clock, signal, onWait: () => undefined }, work);
}
