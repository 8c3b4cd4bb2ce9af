import type { DaemonOptions } from "../cluster/cluster.ts";
import type { Failure } from "../failure.ts";
import type { ObservedEngine } from "./await-engine.ts";
import { daemonConfigPath } from "./daemon-config.ts";
import { optionsOfCommand } from "./daemon-flags.ts";
import { startCommand } from "./tcp-access.ts";

/**
 * What of a machine's own does not go with the wanted options or with swarm mode, told before anything is changed. `next`: all options as `daemon.json`
 * shall hold them. @returns a failure `prerequisite`; undefined: nothing
 */
export function daemonConflict(its: {
  readonly engine: ObservedEngine;
  readonly wanted: DaemonOptions;
  readonly next: DaemonOptions;
  readonly machine: string;
}): Failure | undefined {
  const { engine, wanted, next, machine } = its;
  const flags = optionsOfCommand(commandOf(engine));
  const problem = swarmProblem({ ...flags, ...next }) ?? flagProblem(Object.keys(wanted), flags);
  return problem && { kind: "prerequisite", problems: [{ severity: "error", where: machine, ...problem }] };
}

interface Advice {
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

/** What the unit says counts; where that has variables in it, what became of them when the daemon was started. */
function commandOf({ packagedUnit = "", command }: ObservedEngine): string {
  const written = startCommand(packagedUnit) ?? "";
  return written.includes("$") ? (command ?? written) : written;
}

function swarmProblem(options: DaemonOptions): Advice | undefined {
  const remedy = (key: string, value: string): string =>
    `Remove ${key} on the machine, from ${daemonConfigPath} or the flags of docker.service; one in that file is replaced by docker.daemon: { ${key}: ${value} } in swarmlab.yaml.`;
  if (options["live-restore"] === true)
    return {
      what: "its Docker daemon is set up with live-restore, which cannot be used in a swarm",
      why: "dockerd with live-restore refuses swarm mode",
      remedy: remedy("live-restore", "false"),
    };
  if (options["firewall-backend"] === "nftables")
    return {
      what: "its Docker daemon is set up with the nftables firewall backend, which cannot be used in a swarm",
      why: "overlay networks still need iptables rules",
      remedy: remedy("firewall-backend", "iptables"),
    };
  return undefined;
}

/** dockerd asks for no more than the same name; `runtimes` alone may be in both (`findConfigurationConflicts` in moby's daemon/config). */
function flagProblem(wanted: readonly string[], flags: DaemonOptions): Advice | undefined {
  const key = wanted.find((name) => name !== "runtimes" && Object.hasOwn(flags, name));
  if (key === undefined) return undefined;
  return {
    what: `docker.service sets ${key} by a flag, and swarmlab sets it in ${daemonConfigPath}`,
    why: "dockerd does not start with an option in both places, even with the same value",
    remedy: `Remove the flag on the machine (systemctl cat docker.service shows where it is), or ${key} from swarmlab.yaml.`,
  };
}
