import { fail, ok, type Problem, type Result } from "../failure.ts";
import { addressOf } from "./addresses.ts";
import type { Cluster, DockerSpec, HostSpec, MachineSpec, Role, SwarmSpec } from "./cluster.ts";
import { type Config, placeFinding } from "./config.ts";
import { namesOf } from "./counts.ts";
import { daemonOptionsOf, toDaemonLayers } from "./daemon-layers.ts";
import { type Finding, toProblems } from "./finding.ts";
import { parseMachineName } from "./machine-name.ts";
import { parseMemoryMiB } from "./memory.ts";
import { subnetOf } from "./network-rules.ts";
import { checkRules } from "./rules.ts";
import { checkValues, configJsonSchema, type ConfigValues } from "./schema.ts";
import { formatSubnet, isAddress } from "./subnet.ts";
import { toFinding } from "./value-finding.ts";

/** What flags say in place of the file. */
export interface Overrides {
  /** Any text: it is checked as if it stood in the file. */
  readonly provider?: string | undefined;
  readonly managers?: number | undefined;
  readonly workers?: number | undefined;
}

/** A cluster that breaks no rule, and what is unwise about it. */
export interface ResolvedCluster {
  readonly cluster: Cluster;
  readonly warnings: readonly Problem[];
}

/** The cluster that the file and the flags ask for together. A failure is of kind `config` and tells every problem, warnings included. */
export function resolveCluster(config: Config, overrides: Overrides): Result<ResolvedCluster> {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const checked = checkValues({ ...config.values, ...given });
  const findings =
    "issues" in checked
      ? checked.issues.map((issue) => toFinding(issue, configJsonSchema()))
      : checkRules({ values: checked.values, written: config.values });
  const problems = tellAll(findings, config, Object.keys(given));
  if ("issues" in checked || problems.some(({ severity }) => severity === "error"))
    return fail({ kind: "config", problems });
  return ok({ cluster: toCluster(checked.values), warnings: problems });
}

function tellAll(findings: readonly Finding[], config: Config, flags: readonly string[]): readonly Problem[] {
  const flagOf = ({ path }: Finding) => flags.find((flag) => flag === path[0]);
  const fromFlags = findings.flatMap((finding) => {
    const flag = flagOf(finding);
    return flag === undefined
      ? []
      : [{ ...placeFinding(finding, config.position).problem, where: `--${flag}` }];
  });
  const fromFile = findings.filter((finding) => flagOf(finding) === undefined);
  const placed = fromFile.map((finding) => placeFinding(finding, config.position));
  return [...fromFlags, ...toProblems(config.fileName, placed)];
}

function toCluster(values: ConfigValues): Cluster {
  return {
    name: values.name,
    provider: values.provider,
    subnet: formatSubnet(subnetOf(values).subnet),
    subnetChosen: values.subnet !== undefined,
    ...(values.box !== undefined && { box: values.box }),
    ...(values["box-version"] !== undefined && { boxVersion: values["box-version"] }),
    docker: toDocker(values),
    tcp: values.docker.tcp,
    daemon: toDaemonLayers(values),
    ...(values.docker.cache !== undefined && { imageCache: values.docker.cache }),
    swarm: toSwarm(values.swarm),
    ...(values.provider === "hosts" && { hosts: toHosts(values) }),
    machines: namesOf(values).flatMap((name) => toMachine(values, name)),
  };
}

function toHosts({ hosts }: ConfigValues): Readonly<Record<string, HostSpec>> {
  const entries = Object.entries(hosts).map(([name, host]): readonly [string, HostSpec] => {
    const { "advertise-addr": advertiseAddress, ...way } = host;
    return [name, { ...way, ...(advertiseAddress !== undefined && { advertiseAddress }) }];
  });
  return Object.fromEntries(entries);
}

/** Nothing is installed on machines that exist already unless that is said. */
function toDocker({ docker, provider }: ConfigValues): DockerSpec {
  const { channel, repository, version, install = provider === "hosts" ? false : undefined } = docker;
  return {
    channel,
    ...(repository !== undefined && { repository }),
    ...(version !== undefined && { version }),
    ...(install !== undefined && { install }),
  };
}

function toSwarm(swarm: ConfigValues["swarm"]): SwarmSpec {
  const maskLength = swarm["default-addr-pool-mask-length"];
  const dataPathPort = swarm["data-path-port"];
  const taskHistoryLimit = swarm["task-history-limit"];
  return {
    addressPools: swarm["default-addr-pool"],
    ...(maskLength !== undefined && { addressPoolMaskLength: maskLength }),
    ...(dataPathPort !== undefined && { dataPathPort }),
    ...(taskHistoryLimit !== undefined && { taskHistoryLimit }),
    autolock: swarm.autolock,
  };
}

function toMachine(values: ConfigValues, name: string): readonly MachineSpec[] {
  const host = values.provider === "hosts" ? values.hosts[name] : undefined;
  const address = host === undefined ? addressOf(subnetOf(values).subnet, name) : addressOfHost(host);
  const role = parseMachineName(name)?.role;
  if (address === undefined || role === undefined) return [];
  const labels = Object.hasOwn(values.labels, name) ? (values.labels[name] ?? {}) : {};
  const daemon = daemonOptionsOf(toDaemonLayers(values), { name, role });
  return [{ name, role, address, ...limits(values, role), labels, daemon }];
}

/** A name is looked up later. */
function addressOfHost({ address, "advertise-addr": advertised }: ConfigValues["hosts"][string]): string {
  return advertised ?? (isAddress(address) ? address : "");
}

function limits({ resources }: ConfigValues, role: Role): Pick<MachineSpec, "cpus" | "memoryMiB"> {
  const { cpus, memory } = resources[role] ?? {};
  const memoryMiB = memory === undefined ? undefined : parseMemoryMiB(memory);
  return { ...(cpus !== undefined && { cpus }), ...(memoryMiB !== undefined && { memoryMiB }) };
}
