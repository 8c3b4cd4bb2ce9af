import type { Clock } from "../../system/clock.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";
import type { Bundle } from "../bundle.ts";

/** What the nspawn provider needs of its host. */
export interface NspawnHost {
  readonly processes: ProcessRunner;
  readonly clock: Clock;
  /** Where boxes and machines live: `/var/lib/swarmlab` unless `SWARMLAB_HOME` says otherwise. */
  readonly home: string;
  /** Directory of the shipped `box/` and `nspawn/` files. */
  readonly templates: string;
  readonly platform: string;
  /** Where the box comes from where it is not there yet; undefined: it is built. */
  readonly bundle?: Bundle;
  /** Tells the person something that belongs to no step. */
  readonly warn: (text: string) => void;
}
