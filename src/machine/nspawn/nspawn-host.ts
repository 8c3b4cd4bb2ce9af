import type { Clock } from "../../system/clock.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";

/** What the nspawn provider needs of its host. */
export interface NspawnHost {
  readonly processes: ProcessRunner;
  readonly clock: Clock;
  /** Where boxes and machines live: `/var/lib/swarmlab` unless `SWARMLAB_HOME` says otherwise. */
  readonly home: string;
  /** Directory of the shipped `box/` and `nspawn/` files. */
  readonly templates: string;
  readonly platform: string;
  /** Tells the person something that belongs to no step. */
  readonly warn: (text: string) => void;
}
