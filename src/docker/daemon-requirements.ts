import { type Failure, FailureError } from "../failure.ts";
import type { DockerObservation } from "./docker-observation.ts";

/** What must hold, in this order, before a daemon can be relied on. */
export interface DaemonRequirement {
  readonly number: number;
  readonly title: string;
  /** How long it may take to come true. */
  readonly deadlineMs: number;
  readonly hint: string;
}

/** Sudo and engine may come late where a machine is still being provisioned (cloud-init). */
export const daemonRequirements = {
  sudo: {
    number: 1,
    title: "sudo works without a password",
    deadlineMs: 5_000,
    hint: 'allow it on the machine: echo "$USER ALL=(ALL) NOPASSWD: ALL" | sudo tee /etc/sudoers.d/swarmlab',
  },
  engine: {
    number: 2,
    title: "the Docker engine is installed",
    deadlineMs: 5_000,
    hint: "install it on the machine: https://docs.docker.com/engine/install/",
  },
  configuration: {
    number: 3,
    title: "the daemon's configuration is as wanted",
    deadlineMs: 10_000,
    hint: "correct the daemon option in swarmlab.yaml",
  },
  running: {
    number: 4,
    title: "the daemon runs",
    deadlineMs: 60_000,
    hint: "see why on the machine: sudo journalctl -u docker -n 50",
  },
  answering: {
    number: 5,
    title: "the daemon answers",
    // One that is only slow must not be killed: twice what `status` waits.
    deadlineMs: 20_000,
    hint: "ask on the machine: sudo systemctl status docker; sudo docker version",
  },
} as const satisfies Record<string, DaemonRequirement>;

/** What to wait for where no engine was found. `undefined` for the observation: the script did not run. */
export function unmetRequirement(observation: DockerObservation | undefined): DaemonRequirement {
  return observation ? daemonRequirements.engine : daemonRequirements.sudo;
}

/** A requirement as people read it: `requirement 2 of 5: the Docker engine is installed`. */
export function formatRequirement({ number, title }: DaemonRequirement): string {
  return `requirement ${number} of ${Object.keys(daemonRequirements).length}: ${title}`;
}

/** The failure (`prerequisite`) for a requirement that does not hold on a machine; `why`: how it is known. */
export function requirementFailure(
  requirement: DaemonRequirement,
  details: { readonly machine: string; readonly why: string },
): Failure {
  const { machine, why } = details;
  const what = `not met: ${formatRequirement(requirement)}`;
  return {
    kind: "prerequisite",
    problems: [{ severity: "error", what, where: machine, ...(why && { why }), remedy: requirement.hint }],
  };
}

/** The same work, but a `timeout` failure names the requirement and its hint. */
export async function hintTimeout<T>(requirement: DaemonRequirement, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.kind !== "timeout") throw error;
    const waitedFor = formatRequirement(requirement);
    throw new FailureError({ ...error.failure, waitedFor, hint: requirement.hint }, { cause: error });
  }
}
