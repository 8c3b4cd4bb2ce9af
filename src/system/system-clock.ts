import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import type { Clock } from "./clock.ts";

/** The real time. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    }
  },
};
