import { pathExists } from "../../system/files.ts";
import type { OutsideFaults } from "../provider.ts";
import { freezeMachine, thawMachine } from "./freezer.ts";
import { endHealers, startHealer } from "./healers.ts";
import { clusterLayout } from "./layout.ts";
import type { NspawnHost } from "./nspawn-host.ts";

/** What this host can do to its machines, whose network namespaces and processes are its own. */
export function outsideFaults(host: NspawnHost): OutsideFaults {
  const { home, processes } = host;
  return {
    impossible: {
      "fill-disk":
        "The machine's files lie on the disk of this computer, and nothing limits how much of it they take: filling it would stop the computer, too.",
      "skew-clock":
        "The machine has the clock of this computer: setting it would set that of everything here.",
    },
    onLinks: async ({ name: cluster }, name, argv) => {
      const namespace = `${clusterLayout(home, cluster).namespacePrefix}${name}`;
      if (!(await pathExists(`/run/netns/${namespace}`))) return undefined;
      return processes.tryRun({ argv: ["ip", "netns", "exec", namespace, ...argv] });
    },
    pause: (cluster, name) => freezeMachine(host, cluster.name, name),
    resume: (cluster, name) => thawMachine(host, cluster.name, name),
    healLater: (cluster, its) => startHealer(processes, { cluster: cluster.name, home, ...its }),
    endHealer: (cluster, id) => endHealers(host, cluster.name, id),
  };
}
