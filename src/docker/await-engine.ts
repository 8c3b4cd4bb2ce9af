import { type Failure, FailureError } from "../failure.ts";
import type { DockerSpec } from "../cluster/cluster.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import {
  daemonRequirements,
  formatRequirement,
  hintTimeout,
  requirementFailure,
  unmetRequirement,
} from "./daemon-requirements.ts";
import { isVersionBefore, swarmModeVersion } from "./engine-version.ts";
import { type DockerObservation, observeDockerScript, parseDockerObservation } from "./docker-observation.ts";
import { installEngine } from "./install-engine.ts";

/** What was observed on a machine that has an engine. */
export type ObservedEngine = DockerObservation & { readonly version: string };

const pauseMs = 500;
const observeTimeoutMs = 60_000;

/**
 * Looks at a machine's Docker, again until sudo works, and installs an engine where there is none. One command where both hold.
 * @throws FailureError `prerequisite` with the requirement's hint when its deadline is over, and for an engine that knows no Swarm mode or cannot be installed
 */
export async function awaitEngine(options: {
  readonly remote: Remote;
  /** The first look, where it has begun already. */
  readonly look?: Promise<DockerLook> | undefined;
  /** What to install where there is no engine. */
  readonly docker: DockerSpec;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}): Promise<ObservedEngine> {
  const { remote, clock, signal, report } = options;
  const beganMs = clock.nowMs();
  let look = options.look;
  for (let installed = false; ;) {
    const { observation, stderr } = await (look ?? observeDocker(remote, { clock, signal }));
    look = undefined;
    if (observation && !installed && lacksEngine(observation)) {
      if (options.docker.install === false) throw new FailureError(mayNotInstall(remote.machine));
      await install(options);
      installed = true;
      continue;
    }
    if (hasEngine(observation)) return modernEngine(observation, remote.machine);
    const requirement = unmetRequirement(observation);
    if (clock.nowMs() - beganMs >= limitMs(clock, requirement.deadlineMs)) {
      const failure = requirementFailure(requirement, { machine: remote.machine, why: stderr.trim() });
      throw new FailureError(withoutEngine(failure));
    }
    report(`waiting for ${formatRequirement(requirement)}`);
    await clock.sleep(pauseMs, signal);
  }
}

/** One look at a machine's Docker. */
export interface DockerLook {
  /** Undefined: the script did not run; `stderr` says why. */
  readonly observation: DockerObservation | undefined;
  readonly stderr: string;
}

/** Looks once; a daemon that runs is asked only with a clock. */
export async function observeDocker(
  remote: Remote,
  { clock, signal }: { readonly clock?: Clock; readonly signal: AbortSignal },
): Promise<DockerLook> {
  const askMs = clock ? limitMs(clock, daemonRequirements.answering.deadlineMs) : 0;
  const work = remote.tryRun({
    argv: ["sh", "-s", "--", String(Math.ceil(askMs / 1000))],
    stdin: observeDockerScript,
    sudo: true,
    timeoutMs: observeTimeoutMs + askMs,
    signal,
  });
  const { stdout, stderr } = await hintTimeout(daemonRequirements.sudo, work);
  return { observation: parseDockerObservation(stdout), stderr };
}

async function install(options: Parameters<typeof installEngine>[0]): Promise<void> {
  try {
    await installEngine(options);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    throw new FailureError(withoutEngine(error.failure), { cause: error });
  }
}

const withoutEngine = (failure: Failure): Failure =>
  failure.kind === "prerequisite" ? { ...failure, noEngine: true } : failure;

function mayNotInstall(machine: string): Failure {
  const requirement = {
    ...daemonRequirements.engine,
    hint: "Set docker.install: true in swarmlab.yaml, or install it on the machine: https://docs.docker.com/engine/install/",
  };
  return requirementFailure(requirement, { machine, why: "docker.install is false" });
}

function lacksEngine({ version, unfinished }: DockerObservation): boolean {
  return version === undefined || unfinished === true;
}

function hasEngine(observation: DockerObservation | undefined): observation is ObservedEngine {
  return observation?.version !== undefined;
}

function modernEngine(engine: ObservedEngine, machine: string): ObservedEngine {
  if (!isVersionBefore(engine.version, swarmModeVersion)) return engine;
  const what = `the Docker engine is ${engine.version}, and Swarm mode needs ${swarmModeVersion}`;
  const remedy =
    "Use another box, one with a newer engine, or upgrade the engine on the machine: https://docs.docker.com/engine/install/";
  throw new FailureError({
    kind: "prerequisite",
    problems: [{ severity: "error", what, where: machine, remedy }],
  });
}
