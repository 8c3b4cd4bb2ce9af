import type { DockerSpec } from "../cluster/cluster.ts";
import { type Failure, FailureError } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { daemonRequirements, requirementFailure } from "./daemon-requirements.ts";
import { installEngineScript } from "./install-script.ts";
import { parseSections } from "./shell-sections.ts";

/** For others on the machine that install packages: cloud-init, unattended-upgrades. */
const patienceMs = 300_000;
const timeoutMs = 1_200_000;

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
  const output = new ScriptOutput(report);
  const { channel, version = "", repository = "" } = docker;
  const seconds = String(patienceMs / 1000);
  await remote.run({
    argv: ["sh", "-s", "--", channel, version, repository, seconds],
    stdin: installEngineScript,
    sudo: true,
    timeoutMs,
    signal,
    onOutput: (source, text) => {
      if (source === "stdout") output.push(text);
    },
  });
  const failure = readOutcome({ machine: remote.machine, docker, stdout: output.text });
  if (failure) throw new FailureError(failure);
}

/** Reports `step …` lines as they come, and keeps all for the sections at the end. */
class ScriptOutput {
  readonly #report: (text: string) => void;
  #text = "";
  #reported = 0;

  constructor(report: (text: string) => void) {
    this.#report = report;
  }

  get text(): string {
    return this.#text;
  }

  push(text: string): void {
    this.#text += text;
    const whole = this.#text.lastIndexOf("\n") + 1;
    const steps = this.#text.slice(this.#reported, whole).matchAll(/^step (?<step>.*)$/gm);
    for (const { groups } of steps) this.#report(`docker: ${groups?.["step"] ?? ""}`);
    this.#reported = Math.max(whole, this.#reported);
  }
}

interface Outcome {
  readonly machine: string;
  readonly docker: DockerSpec;
  /** Of the script. */
  readonly stdout: string;
}

/** What stood in the way, out of what the script printed; `undefined`: the engine is installed. */
export function readOutcome({ machine, docker, stdout }: Outcome): Failure | undefined {
  const sections = parseSections(stdout);
  const said = sections.get("said") ?? "";
  const log = sections.get("log") ?? "";
  const place = { machine, docker, said, log };
  switch (sections.get("outcome")?.trim()) {
    case "installed":
      return undefined;
    case "unknown":
      return requirementFailure(daemonRequirements.engine, { machine, why: whyUnknown(said) });
    case "missing":
      return docker.channel === "docker" ? noDockerPackages(place) : noPackage(place);
    case "version":
      return noVersion(place);
    case "locked":
      return stillLocked(place);
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

function stillLocked({ machine, said }: Said): Failure {
  const hint = `See what installs packages there: swarmlab ssh ${machine} -- ps ax. It said: ${said}`;
  return {
    kind: "timeout",
    waitedFor: `others on ${machine} to finish with its packages`,
    afterMs: patienceMs,
    hint,
  };
}

function notInstalled({ machine, said, log }: Said): Failure {
  return problem({
    machine,
    what: `the Docker engine could not be installed: ${said || "the installation"} failed`,
    why: lastWords(log),
    remedy: `See that the machine reaches its package sources: swarmlab ssh ${machine} -- sudo apt-get update. Then swarmlab up goes on.`,
  });
}

/** Errors and warnings of the package manager, else its last lines. */
function lastWords(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const marked = lines.filter((line) => /^(?:[EW]:|Error|error|curl:|dpkg: error)/.test(line));
  return (marked.length > 0 ? marked : lines).slice(-3).join(" ");
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
