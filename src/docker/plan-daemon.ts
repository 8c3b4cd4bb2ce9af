import { isDeepStrictEqual } from "node:util";
import { fail, ok, type Result } from "../failure.ts";
import type { DaemonApplication, FileChange } from "./apply-daemon.ts";
import type { ObservedEngine } from "./await-engine.ts";
import {
  type DaemonChange,
  type DaemonMerge,
  type DaemonOptions,
  formatDaemonConfig,
  mergeDaemonConfig,
  parseDaemonConfig,
} from "./daemon-config.ts";
import { type DaemonRecord, formatDaemonRecord, parseDaemonRecord } from "./daemon-record.ts";
import { daemonRequirements, requirementFailure } from "./daemon-requirements.ts";

export interface DaemonPlan {
  readonly application: DaemonApplication;
  readonly changes: readonly DaemonChange[];
}

/** What to do on a machine so that its daemon runs with the wanted options. Fails with `daemon` for a file that cannot be read, `prerequisite` without systemd. */
export function planDaemon(options: {
  readonly engine: ObservedEngine;
  readonly wanted: DaemonOptions;
  readonly machine: string;
}): Result<DaemonPlan> {
  const { engine, wanted, machine } = options;
  if (engine.init !== "systemd") return fail(noSystemd(machine, engine.init));
  const current = parseDaemonConfig(engine.config, machine);
  if (!current.ok) return current;
  const record = parseDaemonRecord(engine.record, machine);
  if (!record.ok) return record;
  const merge = mergeDaemonConfig({ current: current.value, record: record.value, wanted });
  return ok({ application: planApplication(engine, record.value, merge), changes: merge.changes });
}

function noSystemd(machine: string, init: string) {
  const hint = "use machines with systemd";
  const why = `${init} starts the services here, and only systemd is driven`;
  return requirementFailure({ ...daemonRequirements.running, hint }, { machine, why });
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
  return Number.parseInt(version, 10) >= 23;
}
