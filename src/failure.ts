/** One thing that is wrong, with its place and its cure. Used for config problems and for missing prerequisites. */
export interface Problem {
  readonly severity: "error" | "warning";
  /** What is wrong, as one sentence without a final full stop. */
  readonly what: string;
  /** Where: `swarmlab.yaml:3:5`, a machine's name, a file. */
  readonly where?: string;
  /** Why it matters, or how it is known. */
  readonly why?: string;
  /** What to do about it: a sentence, or a command that can be copied. */
  readonly remedy: string;
}

/** Every expected way to go wrong, as data. `ui/failure-text.ts` turns each into text; `exitCodeOf` into an exit code. */
export type Failure =
  | { readonly kind: "usage"; readonly message: string; readonly remedy: string }
  | { readonly kind: "config"; readonly problems: readonly Problem[] }
  /** `noEngine`: a machine has no engine that works, and could not be given one. */
  | {
      readonly kind: "prerequisite";
      readonly problems: readonly Problem[];
      readonly command?: string;
      readonly noEngine?: true;
    }
  /** The work needs root. `tasks` says for what; `command` is the same call through sudo. */
  | { readonly kind: "needs-root"; readonly tasks: readonly string[]; readonly command: string }
  /** A destructive command without a terminal to ask on and without `--yes`. */
  | { readonly kind: "confirmation-needed"; readonly action: string; readonly command: string }
  /** The person answered no. */
  | { readonly kind: "declined"; readonly action: string }
  /** `owner`: the lab directory it belongs to; undefined: it is the default cluster, made without a `swarmlab.yaml`. */
  | { readonly kind: "name-taken"; readonly cluster: string; readonly owner?: string }
  | { readonly kind: "subnet-taken"; readonly subnet: string; readonly by: string }
  | {
      readonly kind: "unknown-machine";
      readonly name: string;
      readonly known: readonly string[];
      readonly suggestion?: string;
    }
  | { readonly kind: "not-running"; readonly machine: string; readonly state: string }
  /** Something that cannot be broken on purpose, here or at all. `fault`: its kind; `reason`: a sentence. */
  | {
      readonly kind: "fault-refused";
      readonly fault: string;
      readonly machine?: string;
      readonly reason: string;
    }
  /** What is kept of a fault cannot be read. */
  | { readonly kind: "fault-record"; readonly file: string }
  /** A process on this host failed. `stderr` is its tail, secrets blanked. */
  | {
      readonly kind: "process";
      readonly argv: readonly string[];
      readonly exitCode: number | undefined;
      readonly stderr: string;
      readonly remedy?: string;
    }
  /** A command on a machine failed. */
  | {
      readonly kind: "remote-command";
      readonly machine: string;
      readonly argv: readonly string[];
      readonly exitCode: number | undefined;
      readonly stderr: string;
    }
  | { readonly kind: "timeout"; readonly waitedFor: string; readonly afterMs: number; readonly hint: string }
  | {
      readonly kind: "unreachable";
      readonly machine: string;
      readonly address: string;
      readonly reason: string;
      readonly hint: string;
    }
  | {
      readonly kind: "host-key";
      readonly machine: string;
      readonly address: string;
      /** `SHA256:…` fingerprints. */
      readonly expected: string;
      readonly actual: string;
    }
  /** Of this computer, or of a machine. */
  | {
      readonly kind: "disk-full";
      readonly machine?: string;
      readonly path: string;
      readonly doing: string;
    }
  | {
      readonly kind: "box-build";
      readonly reason: string;
      readonly logTail: string;
      readonly log: string;
      readonly remedy: string;
    }
  /** A bundle that cannot be used: its file, or what it holds. `what` and `why` are sentences. */
  | {
      readonly kind: "bundle";
      readonly file: string;
      readonly what: string;
      readonly why: string;
      readonly remedy: string;
    }
  | {
      readonly kind: "machine-died";
      readonly machine: string;
      readonly logTail: string;
      readonly log: string;
    }
  /** Vagrant, or the hypervisor behind it, could not do what was asked. `why`: the end of its own words; `log`: path of all of them. */
  | {
      readonly kind: "vagrant";
      readonly what: string;
      readonly machine?: string;
      readonly why: string;
      readonly log: string;
      readonly remedy: string;
    }
  /** A machine that was there cannot be brought back as it is: `failure` stood in the way. Only the machine made anew helps. */
  | { readonly kind: "beyond-repair"; readonly machine: string; readonly failure: Failure }
  /** dockerd refused a configuration or did not come back. `restored`: the configuration before is in force again. */
  | {
      readonly kind: "daemon";
      readonly machine: string;
      readonly reason: string;
      readonly log: string;
      readonly restored: boolean;
    }
  | {
      readonly kind: "engine-api";
      readonly machine: string;
      readonly request: string;
      readonly status: number;
      readonly message: string;
    }
  /** An engine, or what stands before it, answered something that is not of its API. `wrong` tells what, without the answer's content. */
  | { readonly kind: "engine-answer"; readonly request: string; readonly wrong: string }
  /** Machines that belong to a swarm this cluster did not make. */
  | { readonly kind: "foreign-swarm"; readonly machines: readonly string[]; readonly why: string }
  /** `managers`: how many the swarm had; `needed` of them are more than half. `reachable`: those that still have its state. */
  | {
      readonly kind: "quorum-lost";
      readonly reachable: readonly string[];
      readonly needed: number;
      readonly managers: number;
    }
  /** Removing these machines would leave the swarm without a majority of its managers. `remaining`: the managers that would be left, `reachable`: those of them that answer. */
  | {
      readonly kind: "quorum-at-risk";
      readonly machines: readonly string[];
      readonly remaining: readonly string[];
      readonly reachable: readonly string[];
    }
  | { readonly kind: "swarm-locked"; readonly machines: readonly string[] }
  /** The outcome is not what was asked for. */
  | { readonly kind: "verify"; readonly problems: readonly Problem[] }
  /** Not everything could be removed or given back. */
  | { readonly kind: "leftovers"; readonly cluster: string; readonly items: readonly string[] }
  /** Another swarmlab works on the same thing. */
  | { readonly kind: "locked"; readonly what: string; readonly owner: string }
  | { readonly kind: "interrupted"; readonly next: string }
  /** Several siblings failed; each was settled before this was reported. */
  | { readonly kind: "several"; readonly failures: readonly Failure[] };

/** What a pure function returns: a value, or the failure that stands in its way. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const fail = (failure: Failure): Result<never> => ({ ok: false, failure });

/** What effects throw: one error class that carries a `Failure`. Caught once, in `main`. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(`swarmlab failure: ${failure.kind}`, options);
    this.name = "FailureError";
    this.failure = failure;
  }
}

/** The value of a result, or its failure thrown. */
export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new FailureError(result.failure);
  return result.value;
}

/** 1 operation failed · 2 usage or config · 3 prerequisite missing · 130 interrupted. 0, 4 (lab checks) and 70 (bug) belong to no failure. */
const exitCodes = {
  usage: 2,
  config: 2,
  "unknown-machine": 2,
  "confirmation-needed": 2,
  "name-taken": 2,
  "subnet-taken": 2,
  prerequisite: 3,
  "needs-root": 3,
  "fault-refused": 3,
  declined: 1,
  "not-running": 1,
  "fault-record": 1,
  process: 1,
  "remote-command": 1,
  timeout: 1,
  unreachable: 1,
  "host-key": 1,
  "disk-full": 1,
  "box-build": 1,
  bundle: 1,
  "machine-died": 1,
  vagrant: 1,
  "beyond-repair": 1,
  daemon: 1,
  "engine-api": 1,
  "engine-answer": 1,
  "foreign-swarm": 1,
  "quorum-lost": 1,
  "quorum-at-risk": 1,
  "swarm-locked": 1,
  verify: 1,
  leftovers: 1,
  locked: 1,
  several: 1,
  interrupted: 130,
} as const satisfies Record<Failure["kind"], number>;

/** The exit code that a failure ends the program with; of several, the first one's. */
export function exitCodeOf(failure: Failure): number {
  const first = failure.kind === "several" ? failure.failures[0] : undefined;
  return first ? exitCodeOf(first) : exitCodes[failure.kind];
}
