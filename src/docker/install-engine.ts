import type { DockerSpec } from "../cluster/cluster.ts";
import { type Failure, FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { daemonRequirements, requirementFailure } from "./daemon-requirements.ts";
import { installEngineScript } from "./install-script.ts";
import { lastWords, packagesLocked, readPackageOutcome, runPackageScript } from "./package-script.ts";

/**
 * Installs the engine that `docker` asks for on a machine with Debian's, Ubuntu's or Fedora's packages, from the sources that it has or from
 * `docker.repository`; the daemon is not started. Once begun it goes on without the connection, and one that was cut short is completed.
 * @throws FailureError `prerequisite` where there is nothing to install or installing failed; `timeout`, `unreachable`
 */
export async function installEngine(options: {
  readonly remote: Remote;
  readonly docker: DockerSpec;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}): Promise<void> {
  const { remote, docker, signal, report } = options;
  const { channel, version = "", repository = "" } = docker;
  const args = [channel, version, repository];
  const stdout = await runPackageScript({
    remote,
    script: installEngineScript,
    args,
    signal,
    report,
    about: "docker",
  });
  const failure = readOutcome({ machine: remote.machine, docker, stdout });
  if (failure) throw new FailureError(failure);
}

interface Outcome {
  readonly machine: string;
  readonly docker: DockerSpec;
  /** Of the script. */
  readonly stdout: string;
}

/** What stood in the way, out of what the script printed; `undefined`: the engine is installed. */
export function readOutcome({ machine, docker, stdout }: Outcome): Failure | undefined {
  const { outcome, said, log } = readPackageOutcome(stdout);
  const place = { machine, docker, said, log };
  switch (outcome) {
    case "installed":
      return undefined;
    case "unknown":
      return requirementFailure(daemonRequirements.engine, { machine, why: whyUnknown(said) });
    case "missing":
      return docker.channel === "docker" ? noDockerPackages(place) : noPackage(place);
    case "version":
      return noVersion(place);
    case "locked":
      return packagesLocked(machine, said);
    default:
      return notInstalled(place);
  }
}

interface Said {
  readonly machine: string;
  readonly docker: DockerSpec;
  readonly said: string;
  readonly log: string;
}

function whyUnknown(system: string): string {
  return `swarmlab installs it on Debian, Ubuntu, Fedora, RHEL and their relatives, and this is ${system}`;
}

function noPackage({ machine, said }: Said): Failure {
  return problem({
    machine,
    what: `no package source of the machine offers an engine (${said})`,
    remedy:
      "Set docker.channel: docker and docker.repository in swarmlab.yaml, or install the engine on the machine: https://docs.docker.com/engine/install/",
  });
}

function noDockerPackages({ machine, docker, said, log }: Said): Failure {
  const why =
    docker.repository === undefined
      ? "docker.channel is docker, and docker.repository is not set"
      : `docker.repository is ${docker.repository}. ${lastWords(log)}`;
  return problem({
    machine,
    what: `no package source of the machine offers ${said}`,
    why: why.trim(),
    remedy:
      "Set docker.repository in swarmlab.yaml to the address of Docker's package repository for this distribution, see https://docs.docker.com/engine/install/",
  });
}

function noVersion({ machine, docker, said }: Said): Failure {
  return problem({
    machine,
    what: `no package source of the machine offers version ${docker.version ?? ""} of the engine`,
    why: `On offer: ${said.trim().split(/\s+/).join(", ")}`,
    remedy: "Set docker.version in swarmlab.yaml to one of these, or to the beginning of one.",
  });
}

function notInstalled({ machine, said, log }: Said): Failure {
  return problem({
    machine,
    what: `the Docker engine could not be installed: ${said || "the installation"} failed`,
    why: lastWords(log),
    remedy: `See that the machine reaches its package sources: swarmlab ssh ${machine} -- sudo apt-get update. Then swarmlab up goes on.`,
  });
}

function problem(its: {
  readonly machine: string;
  readonly what: string;
  readonly why?: string;
  readonly remedy: string;
}): Failure {
  const { machine, what, why, remedy } = its;
  return {
    kind: "prerequisite",
    problems: [{ severity: "error", what, where: machine, ...(why && { why }), remedy }],
  };
}
