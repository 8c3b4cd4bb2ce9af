import { FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import type { Clock } from "../system/clock.ts";
import {
  daemonRequirements,
  formatRequirement,
  hintTimeout,
  requirementFailure,
  unmetRequirement,
} from "./daemon-requirements.ts";
import { type DockerObservation, observeDockerScript, parseDockerObservation } from "./docker-observation.ts";

/** What was observed on a machine that has an engine. */
export type ObservedEngine = DockerObservation & { readonly version: string };

const pauseMs = 500;
const observeTimeoutMs = 60_000;

/**
 * Looks at a machine's Docker, again until sudo works and an engine is installed. One command where both hold.
 * @throws FailureError `prerequisite` with the requirement's hint when its deadline is over
 */
export async function awaitEngine(options: {
  readonly remote: Remote;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}): Promise<ObservedEngine> {
  const { remote, clock, signal, report } = options;
  const beganMs = clock.nowMs();
  for (;;) {
    const { observation, stderr } = await observeDocker(remote, signal);
    if (hasEngine(observation)) return observation;
    const requirement = unmetRequirement(observation);
    if (clock.nowMs() - beganMs >= requirement.deadlineMs) {
      throw new FailureError(
        requirementFailure(requirement, { machine: remote.machine, why: stderr.trim() }),
      );
    }
    report(`waiting for ${formatRequirement(requirement)}`);
    await clock.sleep(pauseMs, signal);
  }
}

async function observeDocker(
  remote: Remote,
  signal: AbortSignal,
): Promise<{ readonly observation: DockerObservation | undefined; readonly stderr: string }> {
  const work = remote.tryRun({
    argv: ["sh", "-s"],
    stdin: observeDockerScript,
    sudo: true,
    timeoutMs: observeTimeoutMs,
    signal,
  });
  const { stdout, stderr } = await hintTimeout(daemonRequirements.sudo, work);
  return { observation: parseDockerObservation(stdout), stderr };
}

function hasEngine(observation: DockerObservation | undefined): observation is ObservedEngine {
  return observation?.version !== undefined;
}
