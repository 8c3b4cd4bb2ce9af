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
