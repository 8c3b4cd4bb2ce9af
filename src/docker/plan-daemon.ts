import { isDeepStrictEqual } from "node:util";
import type { DaemonOptions } from "../cluster/cluster.ts";
import { fail, ok, type Result } from "../failure.ts";
import type { DaemonApplication, FileChange } from "./apply-daemon.ts";
import type { ObservedEngine } from "./await-engine.ts";
import {
  daemonConfigPath,
  type DaemonChange,
  type DaemonMerge,
  mergeDaemonConfig,
  parseDaemonConfig,
} from "./daemon-config.ts";
import { configChange, rememberOriginal } from "./daemon-original.ts";
import { type DaemonRecord, formatDaemonRecord, parseDaemonRecord } from "./daemon-record.ts";
import { formatDaemonFlags, mergeDaemonFlags } from "./daemon-flags.ts";
import { isReloadable } from "./daemon-reload.ts";
import { daemonRequirements } from "./daemon-requirements.ts";
import { isVersionBefore } from "./engine-version.ts";
import { unreadable } from "./json-object.ts";
import { planTcpUnit, tcpChanges, tcpObstacle, tcpOptions, type TcpAccess } from "./tcp-access.ts";

export interface DaemonPlan {
  readonly application: DaemonApplication;
  readonly changes: readonly DaemonChange[];
  /** The options of `daemon.json` as they shall be; without systemd together with those given as flags. */
  readonly next: DaemonOptions;
}

export interface PlanOptions {
  readonly engine: ObservedEngine;
  readonly wanted: DaemonOptions;
  readonly tcp: TcpAccess;
  readonly machine: string;
}

/**
 * What to do on a machine so that its daemon runs with the wanted options, in `daemon.json`, or as flags where no systemd starts it; and is reached as wanted.
 * Fails with `daemon` for a file that cannot be read or stands in the way, `prerequisite` for an option that has no flag.
 */
export function planDaemon(options: PlanOptions): Result<DaemonPlan> {
  const { engine, wanted, tcp, machine } = options;
  const current = parseDaemonConfig(engine.config, machine);
  if (!current.ok) return current;
  const obstacle = tcpObstacle({ access: tcp, config: current.value, machine });
  if (obstacle !== undefined) return fail(obstacle);
  if (engine.init !== "systemd") return planFlags({ ...options, current: current.value });
  const record = parseDaemonRecord(engine.record, machine);
  if (!record.ok) return record;
  const unit = planTcpUnit({ access: tcp, packaged: engine.packagedUnit, machine });
  if (!unit.ok) return unit;
  const merge = mergeDaemonConfig({ current: current.value, record: record.value, wanted });
  return ok({
    application: planApplication({ engine, record: record.value, merge, tcp, unit: unit.value }),
    changes: [...merge.changes, ...tcpChanges(engine, tcp)],
    next: merge.next,
  });
}

/** An option that `daemon.json` has must not be a flag too: dockerd would not start. */
function planFlags(options: PlanOptions & { readonly current: DaemonOptions }): Result<DaemonPlan> {
  const { engine, tcp, machine, current } = options;
  const wanted = { ...options.wanted, ...tcpOptions(tcp) };
  const contrary = Object.keys(wanted).find(
    (key) => Object.hasOwn(current, key) && !isDeepStrictEqual(current[key], wanted[key]),
  );
  if (contrary !== undefined)
    return unreadable({ machine }, `${daemonConfigPath} sets ${contrary} otherwise; remove it there`);
  const missing = Object.entries(wanted).filter(([key]) => !Object.hasOwn(current, key));
  const flags = formatDaemonFlags(Object.fromEntries(missing), machine);
  if (!flags.ok) return flags;
  const before = engine.flags ?? "";
  const content = mergeDaemonFlags(before, flags.value);
  const changed = content !== before;
  const certificates = planCertificates(engine, tcp);
  return ok({
    application: {
      config: changed ? { content } : "keep",
      record: "keep",
      ...certificates,
      // Flags are read at the start only.
      service: planService(
        engine.service,
        changed || Object.values(certificates).some(isChange) ? "restart" : "none",
      ),
      validate: false,
      deadlineMs: daemonRequirements.running.deadlineMs,
    },
    changes: [...(changed ? [flagsChange(flags.value)] : []), ...tcpChanges(engine, tcp)],
    next: { ...current, ...wanted },
  });
}

function flagsChange(flags: readonly string[]): DaemonChange {
  const key = "DOCKER_OPTS";
  return flags.length === 0 ? { key, action: "remove" } : { key, action: "add", to: flags.join(" ") };
}

function planApplication(its: {
  readonly engine: ObservedEngine;
  readonly record: DaemonRecord;
  readonly merge: DaemonMerge;
  readonly tcp: TcpAccess;
  readonly unit: string | undefined;
}): DaemonApplication {
  const { engine, record, merge, tcp } = its;
  const next = rememberOriginal(merge.record, { record, text: engine.config });
  const access = { unit: fileChange(engine.unit, its.unit), ...planCertificates(engine, tcp) };
  return {
    config: configChange(merge, record),
    record: isDeepStrictEqual(record, next) ? "keep" : recordChange(next),
    ...access,
    service: planService(
      engine.service,
      Object.values(access).some(isChange) ? "restart" : neededFor(merge, engine.version),
    ),
    validate: canValidate(engine.version),
    deadlineMs: daemonRequirements.running.deadlineMs,
  };
}

/** Certificates that nothing uses go. */
function planCertificates(
  engine: ObservedEngine,
  tcp: TcpAccess,
): Pick<DaemonApplication, "authority" | "server"> {
  if (tcp.mode === "tls") return { authority: tcp.authority, server: tcp.server };
  return {
    authority: fileChange(engine.authority, undefined),
    server: fileChange(engine.certificate, undefined),
  };
}

function fileChange(before: string | undefined, after: string | undefined): FileChange {
  if (before === after) return "keep";
  return after === undefined ? "remove" : { content: after };
}

const isChange = (change: FileChange): boolean => change !== "keep";

/** What a daemon that runs needs so that it has the options. */
function neededFor({ changes, next }: DaemonMerge, version: string): "none" | "reload" | "restart" {
  if (changes.length === 0) return "none";
  return isReloadable(changes, { next, version }) ? "reload" : "restart";
}

/** Only a daemon that is not there is started (and enabled): the person may have disabled the unit of one that runs. One that does not answer heeds nothing but being killed. */
function planService(
  service: ObservedEngine["service"],
  needed: "none" | "reload" | "restart",
): DaemonApplication["service"] {
  if (service === "stopped") return "start";
  if (service === "silent") return "kill";
  if (needed === "none") return service === "active" ? "none" : "start";
  return service === "active" ? needed : "restart";
}

function recordChange(record: DaemonRecord): FileChange {
  const content = formatDaemonRecord(record);
  return content === undefined ? "remove" : { content };
}

/** `dockerd --validate` exists since 23.0 (measured: 20.10 lacks it). */
function canValidate(version: string): boolean {
  return /^\d/.test(version) && !isVersionBefore(version, "23");
}
