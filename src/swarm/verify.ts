import type { Cluster } from "../cluster/cluster.ts";
import { FailureError } from "../failure.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import type { Observed } from "./membership.ts";
import { observeOnce, type Engines } from "./observe.ts";
import { swarmProblems } from "./swarm-problems.ts";

const timeoutMs = 60_000;
const intervalMs = 250;

/**
 * Waits until the node of every machine that has an engine is ready, at its address, in its role, with its labels; for 60 s at most. Returns how it
 * was seen so.
 * @throws FailureError `verify` with what is not so.
 */
export async function verifySwarm(its: {
  readonly cluster: Cluster;
  readonly engines: Engines;
  /** What was seen just now, after the last change. */
  readonly observed: Observed;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<Observed> {
  const startMs = its.clock.nowMs();
  for (let { observed } = its; ; observed = await observeOnce(its.engines, its.signal)) {
    const problems = swarmProblems(its.cluster, observed);
    if (problems.length === 0) return observed;
    if (its.clock.nowMs() - startMs >= limitMs(its.clock, timeoutMs))
      throw new FailureError({ kind: "verify", problems });
    await its.clock.sleep(intervalMs, its.signal);
  }
}
