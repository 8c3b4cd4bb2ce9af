import { unwrap } from "../failure.ts";
import type { Remote } from "../remote/remote.ts";
import type { Clock } from "../system/clock.ts";
import { applyDaemon } from "./apply-daemon.ts";
import { awaitEngine } from "./await-engine.ts";
import { type DaemonOptions, formatDaemonChanges } from "./daemon-config.ts";
import { planDaemon } from "./plan-daemon.ts";

export interface EnsureDaemonOptions {
  readonly remote: Remote;
  readonly wanted: DaemonOptions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}

export interface EnsuredDaemon {
  /** Anything at all: a file was written or the daemon started. */
  readonly changed: boolean;
  /** It ran before and was restarted. */
  readonly restarted: boolean;
  /** Of dockerd, as it writes it: `20.10.24+dfsg1`. */
  readonly version: string;
}

/**
 * Brings a machine's daemon up with the wanted options: two commands where there is something to do, one where not.
 * @throws FailureError `prerequisite` for sudo, engine or systemd missing; `daemon` for a configuration that cannot be
 * read, is refused, or does not come up (then the one before is put back); `timeout`, `unreachable`.
 */
export async function ensureDaemon(options: EnsureDaemonOptions): Promise<EnsuredDaemon> {
  const { remote, wanted, signal, report } = options;
  const engine = await awaitEngine(options);
  const { application, changes } = unwrap(planDaemon({ engine, wanted, machine: remote.machine }));
  const { config, record, service } = application;
  const changed = service !== "none" || config !== "keep" || record !== "keep";
  if (changed) {
    report(
      [`docker: ${service === "none" ? "note what was set" : service}`, formatDaemonChanges(changes)]
        .filter(Boolean)
        .join(", "),
    );
    await applyDaemon(remote, application, signal);
  }
  return {
    changed,
    restarted: service === "restart" && engine.service === "active",
    version: engine.version,
  };
}
