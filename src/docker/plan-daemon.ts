import { isDeepStrictEqual } from "node:util";
import { ok, type Result } from "../failure.ts";
import type { DaemonApplication, FileChange } from "./apply-daemon.ts";
import type { ObservedEngine } from "./await-engine.ts";
import {
  daemonConfigPath,
  type DaemonChange,
  type DaemonMerge,
  type DaemonOptions,
  formatDaemonConfig,
  mergeDaemonConfig,
  parseDaemonConfig,
} from "./daemon-config.ts";
import { type DaemonRecord, formatDaemonRecord, parseDaemonRecord } from "./daemon-record.ts";
import { formatDaemonFlags, mergeDaemonFlags } from "./daemon-flags.ts";
import { daemonRequirements } from "./daemon-requirements.ts";
import { isVersionBefore } from "./engine-version.ts";
import { unreadable } from "./json-object.ts";

export interface DaemonPlan {
  readonly application: DaemonApplication;
  readonly changes: readonly DaemonChange[];
}

/**
 * What to do on a machine so that its daemon runs with the wanted options: in `daemon.json`, or as flags where no systemd starts it.
 * Fails with `daemon` for a file that cannot be read or stands in the way, `prerequisite` for an option that has no flag.
 */
export function planDaemon(options: {
  readonly engine: ObservedEngine;
  readonly wanted: DaemonOptions;
  readonly machine: string;
}): Result<DaemonPlan> {
  const { engine, wanted, machine } = options;
  const current = parseDaemonConfig(engine.config, machine);
  if (!current.ok) return current;
  if (engine.init !== "systemd") return planFlags({ engine, wanted, machine, current: current.value });
  const record = parseDaemonRecord(engine.record, machine);
  if (!record.ok) return record;
  const merge = mergeDaemonConfig({ current: current.value, record: record.value, wanted });
  return ok({ application: planApplication(engine, record.value, merge), changes: merge.changes });
}

/** An option that `daemon.json` has must not be a flag too: dockerd would not start. */
function planFlags(options: {
  readonly engine: ObservedEngine;
  readonly wanted: DaemonOptions;
  readonly machine: string;
  readonly current: DaemonOptions;
}): Result<DaemonPlan> {
  const { engine, wanted, machine, current } = options;
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
  return ok({
    application: {
      config: changed ? { content } : "keep",
      record: "keep",
      service: planService(engine.service, changed),
      validate: false,
      deadlineMs: daemonRequirements.running.deadlineMs,
    },
    changes: changed ? [flagsChange(flags.value)] : [],
  });
}

function flagsChange(flags: readonly string[]): DaemonChange {
  const key = "DOCKER_OPTS";
  return flags.length === 0 ? { key, action: "remove" } : { key, action: "add", to: flags.join(" ") };
}

function planApplication(
  engine: ObservedEngine,
  record: DaemonRecord,
  merge: DaemonMerge,
): DaemonApplication {
  const configChanged = merge.changes.length > 0;
  return {
    config: configChanged ? { content: formatDaemonConfig(merge.next) } : "keep",
    record: isDeepStrictEqual(record, merge.record) ? "keep" : recordChange(merge.record),
    service: planService(engine.service, configChanged),
    validate: canValidate(engine.version),
    deadlineMs: daemonRequirements.running.deadlineMs,
  };
}

/** Only a daemon that is not there is started (and enabled): the person may have disabled the unit of one that runs. */
function planService(
  service: ObservedEngine["service"],
  configChanged: boolean,
): DaemonApplication["service"] {
  if (service === "stopped") return "start";
  if (configChanged) return "restart";
  return service === "active" ? "none" : "start";
}

function recordChange(record: DaemonRecord): FileChange {
  const content = formatDaemonRecord(record);
  return content === undefined ? "remove" : { content };
}

/** `dockerd --validate` exists since 23.0 (measured: 20.10 lacks it). */
function canValidate(version: string): boolean {
  return /^\d/.test(version) && !isVersionBefore(version, "23");
}
