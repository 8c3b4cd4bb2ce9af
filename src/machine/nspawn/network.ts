import { pathExists } from "../../system/files.ts";
import type { ProcessRunner } from "../../system/process-runner.ts";
import type { HostNetwork } from "../settle-cluster.ts";
import type { ClusterLayout, MachineLayout } from "./layout.ts";

/** IPv4 networks of the host's links and routes, the default route and those through `exceptLink` aside. */
export async function findHostNetworks(
  processes: ProcessRunner,
  exceptLink: string,
): Promise<readonly HostNetwork[]> {
  const { stdout } = await processes.run({ argv: ["ip", "-4", "route", "show", "table", "all"] });
  return parseRoutes(stdout).filter(({ by }) => by !== `a route on ${exceptLink}`);
}

/** Reads `ip -4 route show table all`. */
export function parseRoutes(output: string): readonly HostNetwork[] {
  return output.split("\n").flatMap((line) => {
    const match = /^(?:(?:unicast|local|blackhole|unreachable|prohibit) )?(\d[\d.]*(?:\/\d+)?)(?: |$)/.exec(
      line,
    );
    const device = / dev (\S+)/.exec(line)?.[1];
    return match?.[1] === undefined || device === "lo"
      ? []
      : [{ subnet: match[1], by: device === undefined ? "a route of this host" : `a route on ${device}` }];
  });
}

/** Names of the host's links that begin so. */
export async function findLinks(processes: ProcessRunner, prefix: string): Promise<readonly string[]> {
  const { stdout } = await processes.run({ argv: ["ip", "-o", "link", "show"] });
  const names = [...stdout.matchAll(/^\d+: ([^:@]+)/gm)].map((match) => match[1] ?? "");
  return names.filter((name) => name === prefix || name.startsWith(`${prefix}.`));
}

/** Names of the host's network namespaces that begin so and go on with a machine's name. */
export async function findNamespaces(processes: ProcessRunner, prefix: string): Promise<readonly string[]> {
  const { stdout } = await processes.run({ argv: ["ip", "netns", "list"] });
  const names = stdout.split("\n").flatMap((line) => line.split(" ")[0] || []);
  return names.filter((name) => name.startsWith(prefix) && /^[a-z0-9]+$/.test(name.slice(prefix.length)));
}

/** Makes the bridge with the gateway's address. `gateway` is an address with prefix length. */
export async function ensureBridge(
  processes: ProcessRunner,
  { bridge }: ClusterLayout,
  gateway: string,
): Promise<void> {
  // Not in /sys, which shows the network namespace that it was mounted in.
  if (await pathExists(`/proc/sys/net/ipv4/conf/${bridge}`)) return;
  await ipBatch(processes, [
    `link add ${bridge} type bridge`,
    `addr add ${gateway} dev ${bridge}`,
    `link set ${bridge} up`,
  ]);
}

/** Makes a machine's network namespace with its link, address and route. `address` has a prefix length. */
export async function ensureNamespace(
  processes: ProcessRunner,
  options: {
    readonly bridge: string;
    readonly machine: MachineLayout;
    readonly address: string;
    readonly gateway: string;
    /** What is there of it. The link gets its master last: one that has it is whole. */
    readonly present: { readonly namespace: boolean; readonly link: boolean; readonly master: boolean };
  },
): Promise<void> {
  const { bridge, machine, address, gateway, present } = options;
  const { namespace, link } = machine;
  if (present.namespace && present.master) return;
  if (present.namespace) await removeNamespaces(processes, [namespace]);
  if (present.link) await removeLinks(processes, [link]);
  await processes.run({ argv: ["ip", "netns", "add", namespace] });
  await ipBatch(processes, [`link add ${link} type veth peer name eth0 netns ${namespace}`]);
  const inside = [
    `addr add ${address} dev eth0`,
    "link set lo up",
    "link set eth0 up",
    `route add default via ${gateway}`,
  ];
  await ipBatch(processes, inside, namespace);
  await ipBatch(processes, [`link set ${link} master ${bridge} up`]);
}

export async function removeNamespaces(processes: ProcessRunner, names: readonly string[]): Promise<void> {
  for (const name of names) await processes.run({ argv: ["ip", "netns", "delete", name] });
}

/** Links may go away by themselves meanwhile, with the other end of their pair. */
export async function removeLinks(processes: ProcessRunner, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { exitCode, stderr } = await processes.tryRun({ argv: ["ip", "link", "delete", name] });
    if (exitCode !== 0 && !/Cannot find device|No such device/.test(stderr)) {
      await processes.run({ argv: ["ip", "link", "delete", name] });
    }
  }
}

async function ipBatch(
  processes: ProcessRunner,
  lines: readonly string[],
  namespace?: string,
): Promise<void> {
  const inside = namespace === undefined ? [] : ["-n", namespace];
  await processes.run({
    argv: ["ip", ...inside, "-batch", "-"],
    stdin: lines.map((line) => `${line}\n`).join(""),
  });
}
