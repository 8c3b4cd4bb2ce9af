import { unwrap } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import { applyDaemon, type DaemonApplication } from "./apply-daemon.ts";
import { observeDocker } from "./await-engine.ts";
import type { DockerObservation } from "./docker-observation.ts";
import { planDaemon } from "./plan-daemon.ts";
import { tcpUnitPath } from "./tcp-access.ts";

/** What this program set on a machine is there. */
export function hasOurs({ record, unit, authority, certificate, flags }: DockerObservation): boolean {
  const files = [record, unit, authority, certificate];
  return files.some((file) => file !== undefined) || flags?.includes("# swarmlab: begin") === true;
}

/**
 * Takes back all that this program set: options, flags, certificates. A daemon that runs is restarted where that takes something from it; one that
 * does not is left so. Idempotent. @throws FailureError `daemon`
 */
export async function restoreDaemon(its: {
  readonly remote: Remote;
  readonly observation: DockerObservation;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<"kept" | "changed" | "restarted"> {
  const { remote, observation, clock, signal } = its;
  const { version } = observation;
  if (version === undefined) return "kept";
  const application = takingBack({ ...observation, version }, remote.machine);
  if (!changesFiles(application)) return "kept";
  const service = observation.service === "stopped" ? "none" : application.service;
  const deadlineMs = limitMs(clock, application.deadlineMs);
  await applyDaemon(remote, { ...application, service, deadlineMs }, signal);
  await removeDirectory(remote, signal);
  return service === "none" ? "changed" : "restarted";
}

function takingBack(
  engine: DockerObservation & { readonly version: string },
  machine: string,
): DaemonApplication {
  const tcp = { mode: "off", address: "" } as const;
  return unwrap(planDaemon({ engine, wanted: {}, tcp, machine })).application;
}

const changesFiles = ({ config, record, unit, authority, server }: DaemonApplication): boolean =>
  [config, record, unit, authority, server].some((change) => change !== undefined && change !== "keep");

/** That of the unit, unless others have something in it. */
async function removeDirectory(remote: Remote, signal: AbortSignal): Promise<void> {
  const directory = tcpUnitPath.slice(0, tcpUnitPath.lastIndexOf("/"));
  await remote.run({ argv: ["sh", "-c", removeEmptyScript, "sh", directory], sudo: true, signal });
}

/** $1: the directory; $2: the root directory, left out on a machine. */
const removeEmptyScript = 'if [ -d "$2$1" ] && [ -z "$(ls -A "$2$1")" ]; then rmdir -- "$2$1"; fi';

/** Looks again whether anything of this program's is left: its files, and an API that still listens at `endpoint` (`192.168.56.17:2376`). Empty: nothing. */
export async function findOurs(
  remote: Remote,
  its: { readonly endpoint: string | undefined; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { endpoint, signal } = its;
  const { observation } = await observeDocker(remote, { signal });
  const files = observation === undefined || hasOurs(observation) ? ["files in /etc/docker"] : [];
  if (endpoint === undefined) return files;
  const listeners = await remote.tryRun({ argv: ["ss", "-Hltn"], sudo: true, signal });
  const isOpen = listeners.stdout.split(/\s+/).includes(endpoint);
  return isOpen ? [...files, `its Docker API still listens at ${endpoint}`] : files;
}
