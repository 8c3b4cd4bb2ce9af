import { FailureError, unwrap, type Failure } from "../failure.ts";
import type { DaemonOptions, DockerSpec } from "../cluster/cluster.ts";
import type { Remote } from "../remote/remote.ts";
import { limitMs, type Clock } from "../system/clock.ts";
import { applyDaemon, type DaemonApplication } from "./apply-daemon.ts";
import { awaitEngine, type DockerLook, type ObservedEngine } from "./await-engine.ts";
import { daemonConflict } from "./daemon-conflicts.ts";
import { formatDaemonChanges } from "./daemon-config.ts";
import type { Heard } from "./heard.ts";
import { daemonRequirements, requirementFailure } from "./daemon-requirements.ts";
import { type DaemonPlan, planDaemon, type PlanOptions } from "./plan-daemon.ts";
import { resolveTcp, type TcpWish } from "./secure-server.ts";

export interface EnsureDaemonOptions {
  readonly remote: Remote;
  readonly wanted: DaemonOptions;
  readonly tcp: TcpWish;
  /** The first look at it, where that has begun already. */
  readonly look?: Promise<DockerLook> | undefined;
  /** What becomes of a daemon that runs and must be restarted or reloaded: `later` leaves all as it is. */
  readonly restart: "now" | "later";
  /** What to install where there is no engine. */
  readonly docker: DockerSpec;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}

export interface EnsuredDaemon {
  /** An option was set, changed or taken back. */
  readonly configured: boolean;
  /** What it took to have the daemon run so. */
  readonly service:
    | "kept"
    | "started"
    | "reloaded"
    | "restarted"
    | "restarted, as it did not answer"
    | "to be reloaded"
    | "to be restarted";
  /** Of dockerd, as it writes it: `20.10.24+dfsg1`. */
  readonly version: string;
  /** What it told, where it was left as it was. */
  readonly heard?: Heard;
}

/**
 * Brings a machine's daemon up with the wanted options: two commands where there is something to do, one where not. An engine that is missing is installed first.
 * @throws FailureError `prerequisite` for sudo or engine missing, an engine without Swarm mode, an option that cannot be set or goes against what the machine has; `daemon` for a configuration that cannot be
 * read, is refused, or does not come up (then the one before is put back); `timeout`, `unreachable`.
 */
export async function ensureDaemon(options: EnsureDaemonOptions): Promise<EnsuredDaemon> {
  const { remote, wanted, clock, signal, report } = options;
  const { machine } = remote;
  const engine = await awaitEngine(options);
  const { version } = engine;
  const tcp = await resolveTcp(options.tcp, engine, machine);
  const { application, changes } = planFor({ engine, wanted, tcp, machine });
  const { config, record, service } = application;
  if (options.restart === "later" && engine.service === "active") {
    if (service === "restart") return { configured: false, service: "to be restarted", version };
    if (service === "reload") return { configured: false, service: "to be reloaded", version };
  }
  const changed = service !== "none" || config !== "keep" || record !== "keep";
  if (changed) {
    report(
      [`docker: ${service === "none" ? "note what was set" : verbOf(service)}`, formatDaemonChanges(changes)]
        .filter(Boolean)
        .join(", "),
    );
    const deadlineMs = limitMs(clock, application.deadlineMs);
    await applyDaemon(remote, { ...application, deadlineMs }, signal);
  }
  return {
    configured: changes.length > 0,
    service: outcomeOf(service, engine.service),
    version,
    ...(!changed && engine.heard && { heard: engine.heard }),
  };
}

const verbOf = (service: DaemonApplication["service"]): string =>
  service === "kill" ? "kill and restart" : service;

function outcomeOf(
  service: DaemonApplication["service"],
  before: ObservedEngine["service"],
): EnsuredDaemon["service"] {
  if (service === "none") return "kept";
  if (service === "reload") return "reloaded";
  if (service === "kill") return "restarted, as it did not answer";
  return before === "active" ? "restarted" : "started";
}

/** What would be done to a daemon, in words. */
export interface DaemonPreview {
  readonly action: string;
  readonly reason: string;
  /** It runs now and answers: it can be asked. */
  readonly runs: boolean;
}

/** What `ensureDaemon` would do on a machine that was seen so; undefined: nothing. @throws FailureError as `ensureDaemon`, for what stands in the way */
export async function previewDaemon(
  options: Pick<EnsureDaemonOptions, "wanted" | "tcp"> & {
    readonly machine: string;
    readonly seen: DockerLook;
  },
): Promise<DaemonPreview | undefined> {
  const { machine, wanted, seen } = options;
  const { observation, stderr } = seen;
  if (observation === undefined) throw new FailureError(unseen(machine, stderr));
  const { version } = observation;
  if (version === undefined)
    return { action: "install the Docker engine", reason: "it has none", runs: false };
  const engine = { ...observation, version };
  const tcp = await resolveTcp(options.tcp, engine, machine);
  const { application, changes } = planFor({ engine, wanted, tcp, machine });
  if (application.service === "none") return undefined;
  const runs = engine.service === "active";
  const reasons = [stateReasons[engine.service], formatDaemonChanges(changes)];
  return {
    action: `${verbOf(application.service)} its Docker daemon`,
    reason: reasons.filter(Boolean).join("; "),
    runs,
  };
}

const stateReasons: Readonly<Record<ObservedEngine["service"], string>> = {
  active: "",
  silent: "its daemon does not answer",
  changing: "its daemon does not run",
  stopped: "its daemon does not run",
};

function planFor(options: PlanOptions): DaemonPlan {
  const plan = unwrap(planDaemon(options));
  const conflict = daemonConflict({ ...options, next: plan.next });
  if (conflict) throw new FailureError(conflict);
  return plan;
}

function unseen(machine: string, stderr: string): Failure {
  return requirementFailure(daemonRequirements.sudo, { machine, why: stderr.trim() });
}
