import { FailureError, unwrap } from "../failure.ts";
import { ensureHostNames } from "../remote/ensure-host-names.ts";
import type { Remote } from "../remote/remote.ts";
import { applyDaemon } from "./apply-daemon.ts";
import { observeDocker } from "./await-engine.ts";
import { parseDaemonConfig } from "./daemon-config.ts";
import type { DockerObservation } from "./docker-observation.ts";
import { planDaemon } from "./plan-daemon.ts";
import { parseSections } from "./shell-sections.ts";
import { stripIdentityScript } from "./strip-script.ts";

/**
 * Makes a machine fit to be cloned: stops Docker, and takes away all that must differ between clones and what this program set. To be called
 * last: the machine gets new SSH host keys when it boots again, and lets nobody in before. Calling it twice is calling it once.
 * @throws FailureError `prerequisite`, with nothing changed, for a machine in a swarm, with running containers, or whose boot could make no host keys
 */
export async function stripIdentity(remote: Remote, signal: AbortSignal): Promise<void> {
  const { observation } = await observeDocker(remote, { signal });
  const config = unwrap(parseDaemonConfig(observation?.config, remote.machine));
  const stopped = await runScript(remote, { verb: "stop", dataRoot: dataRootIn(config), signal });
  const refusal = stopped.get("refused");
  if (refusal !== undefined) throw refused(remote.machine, refusal.trim());
  if (observation) await takeBackOptions(remote, observation, signal);
  await ensureHostNames(remote, []);
  await runScript(remote, { verb: "strip", dataRoot: stopped.get("data") ?? "", signal });
}

/** `graph` is the option's name before 17.05. */
function dataRootIn(config: Readonly<Record<string, unknown>>): string {
  const root = config["data-root"] ?? config["graph"];
  return typeof root === "string" ? root : "/var/lib/docker";
}

async function runScript(
  remote: Remote,
  its: { readonly verb: "stop" | "strip"; readonly dataRoot: string; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await remote.run({
    argv: ["sh", "-s", "--", its.verb, its.dataRoot],
    stdin: stripIdentityScript,
    sudo: true,
    timeoutMs: 120_000,
    signal: its.signal,
  });
  return parseSections(stdout);
}

async function takeBackOptions(
  remote: Remote,
  observation: DockerObservation,
  signal: AbortSignal,
): Promise<void> {
  const { version } = observation;
  if (version === undefined) return;
  const { machine } = remote;
  const { application } = unwrap(
    planDaemon({
      engine: { ...observation, version },
      wanted: {},
      tcp: { mode: "off", address: "" },
      machine,
    }),
  );
  await applyDaemon(remote, { ...application, service: "none" }, signal);
}

function refused(machine: string, why: string): FailureError {
  const what = "the machine cannot be made a box";
  const remedy =
    "Use a machine that is in no swarm, runs no containers, and starts its services by systemd or upstart.";
  return new FailureError({
    kind: "prerequisite",
    problems: [{ severity: "error", what, where: machine, why, remedy }],
  });
}
