import type { Cluster } from "../cluster/cluster.ts";
import type { RemoteResult } from "../remote/remote.ts";
import type { Attempt } from "./progress.ts";
import type { Look } from "./look.ts";

/** What the checks of one round look at. Within a round every question is asked once, so that all see the same moment. */
export interface World {
  readonly cluster: Cluster;
  readonly attempt: Attempt;
  /** The right answers of the lab's quiz, as numbers from 0, by question. */
  readonly rightAnswers: ReadonlyMap<string, number>;
  /** An answer of the API of any manager that has a leader; a look where there is none. */
  swarm(path: string): Promise<Found>;
  /** An answer of the API of one machine. */
  engine(machine: string, path: string): Promise<Found>;
  /** Runs a command as root on a machine, whatever its exit code. */
  run(machine: string, argv: readonly [string, ...string[]]): Promise<RemoteResult>;
  /** One GET over a connection of its own, from this computer. */
  get(url: string): Promise<HttpAnswer>;
}

/** Data (`undefined` where there is no such thing), or the look that says why there are none. */
export type Found = { readonly data: unknown } | { readonly look: Look };

export type HttpAnswer =
  | { readonly status: number; readonly body: string }
  /** No answer, and why. */
  | { readonly refused: string };
