import type { Clock } from "../../system/clock.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";

/** What the provider of machines that exist already needs of this computer. */
export interface HostsHost {
  readonly processes: ProcessRunner;
  readonly clock: Clock;
  /** Where clusters live. */
  readonly home: string;
  /** Of the person who runs the program; keys and `known_hosts` are below it. */
  readonly userHome: string;
  /** The person's name on this computer. */
  readonly user: string;
  /** Path of the SSH agent's socket; undefined: there is no agent. */
  readonly agentSocket: string | undefined;
  /** The IPv4 address of a name; undefined: it has none. */
  readonly lookUp: (name: string) => Promise<string | undefined>;
  /** Tells the person something that belongs to no step. */
  readonly warn: (text: string) => void;
  /** The password for sudo; asks where somebody is there to answer. Undefined: there is none. */
  readonly sudoPassword: (question: string) => Promise<string | undefined>;
}
